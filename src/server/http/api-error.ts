/** What a client is told when a request cannot be answered: one class, written in each API's own form at the rim. */

import { UsageError } from "../../errors.ts";

export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "permission_error"
  | "not_found_error"
  | "conflict_error"
  | "rate_limit_error"
  | "server_error";

const TYPES: Readonly<Record<number, ErrorType>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  410: "not_found_error",
  429: "rate_limit_error",
};

export interface ApiErrorOptions {
  /** What a program tells it by. */
  readonly code: string;
  /** The field at fault. */
  readonly param?: string;
  /** Seconds after which the same request may succeed. Without it, clients are told not to repeat it. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** Longer than any message of ours: what is cut are values a client sent. */
const MAX_MESSAGE = 600;

export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string;
  readonly param: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, { code, param, retryAfter, cause }: ApiErrorOptions) {
    super(message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message, { cause });
    this.status = status;
    this.type = TYPES[status] ?? (status >= 500 ? "server_error" : "invalid_request_error");
    this.code = code;
    this.param = param;
    this.retryAfter = retryAfter;
  }
}

/** The error to answer with. Whatever was not foreseen is ours, and its words stay in the log. */
export function apiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof UsageError) return badRequest(withoutPaths(error.message), { cause: error });
  return new ApiError(500, "the server failed at this request; its log says how", { code: "internal", cause: error });
}

/** 400. */
export function badRequest(
  message: string,
  { code = "invalid_value", param, cause }: Partial<ApiErrorOptions> = {},
): ApiError {
  return new ApiError(400, message, { code, param, cause });
}

/** 404. */
export function notFound(what: string, code = "not_found"): ApiError {
  return new ApiError(404, `there is no ${what}`, { code });
}

/** A message without the folders of this machine: of an absolute path the last name is left. */
export function withoutPaths(message: string): string {
  return message.replace(/(^|[\s"'`(=])(?:[A-Za-z]:)?(?:[\\/][^\s"'`:,;()\\/]+)+[\\/]([^\s"'`:,;()\\/]+)/g, "$1$2");
}
