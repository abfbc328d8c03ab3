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

/** Marks a command as one of the page itself, unless a token is given under "Authorize", which then counts. */
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

/** The part of the description that a reference within it leads to. */
function targetOf(document, reference) {
  const names = decodeURIComponent(reference).split("/").slice(1);
  return names.reduce((it, name) => it?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], document);
}

/** A part of the description with the targets of its references in their places; a reference to itself stays. */
function resolved(document, part, within = []) {
  if (Array.isArray(part)) return part.map((it) => resolved(document, it, within));
  if (typeof part !== "object" || part === null) return part;
  const { $ref, ...others } = part;
  const parts = (it, within) =>
    Object.fromEntries(Object.entries(it).map(([name, value]) => [name, resolved(document, value, within)]));
  if (typeof $ref !== "string") return parts(part, within);
  if (within.includes($ref)) return part;
  // Swagger UI names a schema by the reference that it was.
  return { ...resolved(document, targetOf(document, $ref), [...within, $ref]), ...parts(others, within), $$ref: $ref };
}

/**
 * Swagger UI's own way reads the whole description again for each part that is opened, for seconds. This description has no
 * references but those to its own components.
 */
const ownReferences = {
  fn: {
    resolveSubtree: (document, path) => ({
      spec: resolved(document, path.reduce((it, name) => it?.[name], document)),
      errors: [],
    }),
  },
};

/** Swagger UI has links within buttons, and begins its headings behind the title at the third level. */
const accessible = {
  wrapComponents: {
    DeepLink: (_original, { React }) => ({ text }) => React.createElement("span", null, text),
    operations: (Original, { React }) => (props) =>
      React.createElement(
        React.Fragment,
        null,
        React.createElement("h2", { className: "visually-hidden" }, "Operations"),
        React.createElement(Original, props),
      ),
  },
};

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
  plugins: [noStreams, ownReferences, accessible],
  // No validator elsewhere.
  validatorUrl: null,
  onComplete: () => {
    // Its own label is empty, and two parts are in no landmark.
    document.querySelector("#servers")?.setAttribute("aria-label", "Server");
    for (const [part, name] of [[".information-container", "About"], [".scheme-container", "Server and token"]]) {
      const element = document.querySelector(part);
      element?.setAttribute("role", "region");
      element?.setAttribute("aria-label", name);
    }
  },
});
