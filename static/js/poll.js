// [data-poll="/address"] asks for its own new content every few seconds with its ETag.
// The answer's X-Poll: stop ends it; X-Say is announced. Rests while the page is hidden.
import { say } from "./say.js";

const EVERY = 2000;
const SLOWEST = 30000;

function follow(box) {
  let tag = "";
  let wait = EVERY;

  async function ask() {
    if (!box.isConnected) return;
    if (!document.hidden && await refresh()) return;
    setTimeout(ask, wait);
  }

  async function refresh() {
    let answer;
    try {
      answer = await fetch(box.dataset.poll, { headers: tag ? { "If-None-Match": tag } : {} });
    } catch {
      wait = Math.min(wait * 2, SLOWEST);
      return false;
    }
    wait = answer.status >= 500 ? Math.min(wait * 2, SLOWEST) : EVERY;
    if (answer.ok) {
      tag = answer.headers.get("ETag") ?? "";
      box.innerHTML = await answer.text();
      say(decodeURIComponent(answer.headers.get("X-Say") ?? ""));
    }
    if (answer.headers.get("X-Poll") === "reload") location.reload();
    return answer.headers.get("X-Poll") === "stop" || (answer.status >= 400 && answer.status < 500);
  }

  setTimeout(ask, EVERY);
}

document.querySelectorAll("[data-poll]").forEach(follow);
