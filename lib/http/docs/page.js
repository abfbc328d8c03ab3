const dark = matchMedia("(prefers-color-scheme: dark)");
/** As on the dashboard: what the person chose there, or as the system. */
const paint = () => {
  const chosen = localStorage.getItem("labdaemon-scheme") ?? "system";
  document.documentElement.classList.toggle("dark-mode", chosen === "system" ? dark.matches : chosen === "dark");
};
dark.addEventListener("change", paint);
globalThis.addEventListener("storage", paint);
paint();

const READS = ["GET", "HEAD"];

/** The session of the page's user; undefined where one must log in first, and without an answer. */
async function readSession() {
  const response = await fetch("./session").catch(() => undefined);
  document.querySelector("#login").hidden = response?.status !== 401;
  return response?.ok ? await response.json() : undefined;
}

/** A command says that it is the page's own, unless a token is given under "Authorize", which is then what counts. */
async function withSession(request) {
  const { method = "GET", headers = {} } = request;
  const hasToken = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  if (READS.includes(method.toUpperCase()) || hasToken) return request;
  const session = await readSession();
  if (session?.csrf_token) request.headers = { ...headers, "X-CSRF-Token": session.csrf_token };
  return request;
}

/** The answer of a stream does not end: it cannot be shown here, and its reader would keep the device streaming. */
function isStream(system, path, method) {
  const content = ["paths", path, method, "responses", "200", "content"];
  return Boolean(system.specSelectors.specJson().getIn(content)?.has("text/event-stream"));
}

const noStreams = {
  statePlugins: {
    spec: {
      wrapSelectors: {
        allowTryItOutFor: (original, system) => (state, path, method) =>
          original(state, path, method) && !isStream(system, path, method),
      },
    },
  },
};

readSession();

globalThis.SwaggerUIBundle({
  url: "./openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  requestInterceptor: withSession,
  plugins: [noStreams],
  // No validator elsewhere.
  validatorUrl: null,
  // Its own label is empty.
  onComplete: () => document.querySelector("#servers")?.setAttribute("aria-label", "Server"),
});
