import type { components } from "./schema.js";

type Problem = components["schemas"]["ProblemBody"];

/** An answer that is no success: the service's own problem (RFC 9457), or whatever a host in front of it said. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    /** The HTTP status. */
    readonly status: number,
    /** Place, rule and value of everything that was wrong; undefined where the service itself did not answer. */
    readonly problem: Problem | undefined,
    /** Finds the request in the service's log. */
    readonly requestId: string | undefined,
    /** When to ask again, where the answer tells. */
    readonly retryAfterSeconds: number | undefined,
  ) {
    super(problem?.detail ?? `the host answered ${status} without a reason`);
  }

  static async of(response: Response): Promise<ProblemError> {
    const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
    const problem = isProblem ? ((await response.json()) as Problem) : undefined;
    const requestId = response.headers.get("X-Request-ID") ?? undefined;
    return new ProblemError(response.status, problem, requestId, retryAfterSeconds(response));
  }
}

/** The header Retry-After, which is a number of seconds or a date. */
export function retryAfterSeconds(response: Response): number | undefined {
  const text = response.headers.get("Retry-After");
  if (text === null) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
