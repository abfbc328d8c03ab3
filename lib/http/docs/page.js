const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

globalThis.SwaggerUIBundle({
  url: "./openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  // No validator elsewhere.
  validatorUrl: null,
  // Its own label is empty.
  onComplete: () => document.querySelector("#servers")?.setAttribute("aria-label", "Server"),
});
