// The platform's own types, as whatever describes the platform spells them: the DOM library,
// @types/node, Cloudflare's, Bun's or Deno's types. Without any of these, the little that this
// package needs of them. Not a part of the package's surface.

type GlobalFetch = typeof globalThis extends { fetch: infer F extends (...args: any[]) => any }
  ? F
  : (url: string, init?: MinimalRequestInit) => Promise<MinimalResponse>;

/** The global `Response`. */
export type WebResponse = Awaited<ReturnType<GlobalFetch>>;

/** The global `Request`. */
export type WebRequest = typeof globalThis extends { Request: { prototype: infer T } } ? T : any;

/** The global `RequestInit`. */
export type WebRequestInit = NonNullable<Parameters<GlobalFetch>[1]>;

/** The global `ResponseInit`. */
export type WebResponseInit = typeof globalThis extends {
  Response: new (body?: any, init?: infer Init) => any;
}
  ? NonNullable<Init>
  : MinimalResponseInit;

/** The global `Headers`. */
export type WebHeaders = WebResponse["headers"];

/** The global `AbortSignal`. */
export type WebAbortSignal = NonNullable<WebRequestInit["signal"]>;

/** What matters of the global `AbortController`. */
export interface WebAbortController {
  readonly signal: WebAbortSignal;
  abort(reason?: unknown): void;
}

/** The global `ReadableStream`, of bytes. */
export type WebReadableStream = NonNullable<WebResponse["body"]>;

/** The global `URLSearchParams`. */
export type WebURLSearchParams = typeof globalThis extends {
  URLSearchParams: { prototype: infer T };
}
  ? T
  : never;

/** `WebAssembly.Module`. */
export type WebAssemblyModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer T } };
}
  ? T
  : object;

type DisposeSymbol = SymbolConstructor extends { readonly dispose: infer S extends symbol }
  ? S
  : never;

type AsyncDisposeSymbol = SymbolConstructor extends {
  readonly asyncDispose: infer S extends symbol;
}
  ? S
  : never;

/** What `using` needs, where the compiler knows `Symbol.dispose`. */
export type WebDisposable = Record<DisposeSymbol, () => void>;

/** What `await using` needs, where the compiler knows `Symbol.asyncDispose`. */
export type WebAsyncDisposable = Record<AsyncDisposeSymbol, () => Promise<void>>;

interface MinimalRequestInit {
  signal?: MinimalAbortSignal | null;
  [option: string]: any;
}

interface MinimalResponseInit {
  status?: number;
  statusText?: string;
  headers?: Record<string, string>;
}

interface MinimalResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: MinimalHeaders;
  readonly body: MinimalReadableStream | null;
  arrayBuffer(): Promise<ArrayBuffer>;
  json(): Promise<any>;
  text(): Promise<string>;
}

interface MinimalHeaders {
  get(name: string): string | null;
  has(name: string): boolean;
  forEach(callback: (value: string, name: string) => void): void;
}

interface MinimalAbortSignal {
  readonly aborted: boolean;
  readonly reason: any;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

interface MinimalReadableStream {
  getReader(): {
    read(): Promise<{ done: boolean; value?: any }>;
    cancel(reason?: unknown): Promise<void>;
  };
  cancel(reason?: unknown): Promise<void>;
}

export {};
