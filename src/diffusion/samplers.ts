export type SamplerName = "euler-a" | "euler" | "heun" | "ddim" | "dpmpp-2m" | "dpmpp-2m-karras" | "dpmpp-2m-sde-karras" | "unipc" | "lcm";
