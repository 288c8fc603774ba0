/** An answer that is no success: the service's own problem (RFC 9457), or whatever a host in front of it said. */
export class ProblemError extends Error {
    status;
    problem;
    requestId;
    retryAfterSeconds;
    name = "ProblemError";
    constructor(
    /** The HTTP status. */
    status, 
    /** Place, rule and value of everything that was wrong; undefined where the service itself did not answer. */
    problem, 
    /** Finds the request in the service's log. */
    requestId, 
    /** When to ask again, where the answer tells. */
    retryAfterSeconds) {
        super(problem?.detail ?? `the host answered ${status} without a reason`);
        this.status = status;
        this.problem = problem;
        this.requestId = requestId;
        this.retryAfterSeconds = retryAfterSeconds;
    }
    static async of(response) {
        const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
        const problem = isProblem ? (await response.json()) : undefined;
        const requestId = response.headers.get("X-Request-ID") ?? undefined;
        return new ProblemError(response.status, problem, requestId, retryAfterSeconds(response));
    }
}
/** The header Retry-After, which is a number of seconds or a date. */
export function retryAfterSeconds(response) {
    const text = response.headers.get("Retry-After");
    if (text === null)
        return undefined;
    const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
    return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
