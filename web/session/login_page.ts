/// <reference lib="dom" />
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import type { LoginProviders } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { CopyButton } from "../page/copy_button.ts";
import { route } from "../page/route.ts";
import { DAEMON_URL } from "../page/daemon_url.ts";
import { logIn, readProviders } from "./session.ts";

/** The answer of an institute's provider, or of the daemon after it. */
const PROBLEMS: Record<string, string> = {
  refused: "The log-in was refused or cancelled at the provider.",
  expired: "The log-in took too long, or began in another window. Try again.",
  no_right: "You are logged in at the provider, but none of your groups has a right here. Ask an administrator.",
  provider: "The provider does not answer as it should. The daemon's log says more.",
};

/** The form to log in with a token, with the link that the first start prints, or by the provider of an institute. */
export function LoginPage() {
  const { path: [place, code], query } = route.value;
  const [failure, setFailure] = useState("");
  const [providers, setProviders] = useState<LoginProviders["providers"]>([]);
  useEffect(() => void readProviders().then(setProviders), []);
  const [isBusy, setBusy] = useState(false);
  const [issued, setIssued] = useState("");

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    setBusy(true);
    setFailure("");
    try {
      const { token } = await logIn(String(form.get("token")).trim());
      // The code is void, and no longer in the address.
      if (place === "login") history.replaceState(null, "", "#/devices");
      if (token) setIssued(token);
      else location.reload();
    } catch (error) {
      setFailure(messageOf(error));
    }
    setBusy(false);
  };

  if (issued) {
    return html`
      <h1>You are the administrator</h1>
      <p>This is your token. It is shown this once: keep it where you keep passwords.</p>
      <p><code>${issued}</code> <${CopyButton} text=${issued} what="the token" /></p>
      <p><button class="main" onClick=${() => location.reload()}>Continue</button></p>
    `;
  }
  return html`
    <h1>Log in</h1>
    <p class="issue" role="alert">${PROBLEMS[query.get("problem") ?? ""]}</p>
    ${providers.map(({ label, path }) => html`<p><a class="button" href=${DAEMON_URL + path}>${label}</a></p>`)}
    <p>${providers.length > 0
      ? "Or with a token."
      : "This daemon needs a token."} An administrator makes one with <code>deno task ctl token create</code>.</p>
    <form onSubmit=${submit}>
      <p>
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required
          defaultValue=${place === "login" ? code ?? "" : ""} aria-describedby="login-failure" />
      </p>
      <p id="login-failure" class="issue" role="alert">${failure}</p>
      <p><button class="main" disabled=${isBusy}>Log in</button></p>
    </form>
  `;
}
