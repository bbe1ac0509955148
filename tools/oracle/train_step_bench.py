"""Times training steps of a diffusers UNet with PyTorch on the CPU: forward, backward, clipping, AdamW, moving average.

    python train_step_bench.py --config JSON --shape JSON [--threads 2] [--channels-last]

Says how many parameters there are, then for every line N on its input makes N steps and prints for each as JSON the
seconds that went by and those that processors worked.
"""

import argparse
import json
import sys
import time

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=json.loads, required=True, help="of the UNet")
    parser.add_argument("--shape", type=json.loads, required=True, help='{"batch", "height", "width", "length"}')
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--channels-last", action="store_true")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    unet = UNet2DConditionModel(**arguments.config).train()
    shape, config = arguments.shape, unet.config
    latents = [shape["batch"], config.in_channels, shape["height"], shape["width"]]
    sample = torch.randn(latents)
    if arguments.channels_last:
        unet, sample = unet.to(memory_format=torch.channels_last), sample.to(memory_format=torch.channels_last)
    target = torch.randn([latents[0], config.out_channels, *latents[2:]])
    text = torch.randn(shape["batch"], shape["length"], config.cross_attention_dim)
    timestep = torch.randint(1000, (shape["batch"],))
    parameters = list(unet.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0.01, fused=True)
    average = [parameter.detach().clone() for parameter in parameters]

    def step() -> None:
        loss = F.mse_loss(unet(sample, timestep, text).sample, target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(average, parameters, 1e-4)
        loss.item()

    def seconds() -> list[float]:
        start = [time.perf_counter(), time.process_time()]
        step()
        return [time.perf_counter() - start[0], time.process_time() - start[1]]

    print(sum(parameter.numel() for parameter in parameters), flush=True)
    for line in sys.stdin:
        print(json.dumps([seconds() for _ in range(int(line))]), flush=True)


if __name__ == "__main__":
    main()
