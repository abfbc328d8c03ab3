// Dark or light as the person chose on the dashboard; else as the system.
const chosen = localStorage.getItem("labdaemon-scheme");
if (chosen === "dark" || chosen === "light") document.documentElement.style.colorScheme = chosen;
