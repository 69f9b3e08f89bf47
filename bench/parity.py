#!/usr/bin/env python3
"""Compares `lbr forward` with the reference numbers of transformers in float64 under tests/LbrCore.Tests/Fixtures/models.

    python3 bench/parity.py LBR [--device cuda] [--only NAME]

Prints a line for each fixture and case: the largest difference of the logits over the largest reference logit, the relative norm of the
final hidden states, and for gradients the worst relative norm of a parameter. Ends with 1 where a bound is missed: 2e-4 and 1e-4 with
float32 weights, 2e-2 with bfloat16 weights. Needs PyTorch and safetensors only to read and compare; nothing of it runs in lbr.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

MODELS = pathlib.Path(__file__).resolve().parent.parent / "tests/LbrCore.Tests/Fixtures/models"


def forward(lbr, device, model, tensors, *options):
    """The tensors that `lbr forward` writes for these inputs."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "in.safetensors"), os.path.join(folder, "out.safetensors")
        save_file({name: value.contiguous() for name, value in tensors.items()}, source)
        command = [lbr, "forward", "--model", str(model), "--input", source, "--output", target, *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "LBR_DEVICE": device})
        if done.returncode != 0:
            raise RuntimeError((done.stderr or done.stdout).strip()[-400:])
        return load_file(target)


def relative(actual, expected):
    actual, expected = actual.double().reshape(-1), expected.double().reshape(-1)
    return ((actual - expected).norm() / expected.norm().clamp_min(1e-30)).item()


def cases(expected):
    """(name, inputs, prefix of the expected tensors) of one fixture."""
    yield "causal", {"input_ids": expected["causal.input_ids"]}, "causal"
    for tree in sorted({name.split(".")[1] for name in expected if name.startswith("tree.")}):
        yield f"tree {tree}", {"input_ids": expected[f"tree.{tree}.input_ids"], "parents": expected[f"tree.{tree}.parents"]}, f"tree.{tree}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lbr")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    missed = 0
    for model in sorted(path for path in MODELS.iterdir() if path.is_dir() and arguments.only in path.name):
        expected = load_file(model / "expected.safetensors")
        for storage in ["f32"] if model.name.endswith("f32") or "f32" in model.name else ["bf16", "f32"]:
            for name, inputs, prefix in cases(expected):
                out = forward(arguments.lbr, arguments.device, model, inputs, "--type", storage)
                logits, want = out["logits"].double(), expected[f"{prefix}.logits"].double()
                worst = ((logits - want).abs().max() / want.abs().max()).item()
                norm, hidden = relative(logits, want), relative(out["final_hidden"], expected[f"{prefix}.final_hidden"])
                good = worst <= 2e-4 if storage == "f32" else norm <= 2e-2
                missed += not good
                print(f"{'ok  ' if good else 'MISS'} {model.name:26} {storage:5} {name:12} logits {worst:.2e} of the largest, norm {norm:.2e}; hidden {hidden:.2e}", flush=True)
        weights = {"input_ids": expected["causal.input_ids"], "weights": expected["grad.weights"]}
        out = forward(arguments.lbr, arguments.device, model, weights, "--gradients", "--type", "f32")
        worst, where = 0.0, "none"
        for name in (name for name in expected if name.startswith("grad.param.")):
            error = relative(out["grad." + name.removeprefix("grad.param.")], expected[name])
            worst, where = max((worst, where), (error, name.removeprefix("grad.param.")))
        loss = abs(out["loss"].item() - expected["grad.loss"].item())
        good = worst <= 1e-4
        missed += not good
        print(f"{'ok  ' if good else 'MISS'} {model.name:26} f32   gradients    worst parameter {worst:.2e} ({where}); loss {loss:.1e}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
