#!/usr/bin/env python3
"""Joins what run-h100.sh left in a folder into one table: lbr beside PyTorch and beside the CUDA C++ twins.

    bench/compare.py FOLDER

Reads lbr*.jsonl (lbr kernels bench), torch.txt (JSON lines, one a measurement) and twins.txt or twins-best.txt (the
twins' tables); whatever is missing leaves its columns empty. Ratios are speed-ups: above 1, lbr is faster.
"""
import json
import os
import re
import sys

TWIN_LAYERS = {"qkv": "1.5B.qkv", "o": "1.5B.o", "gate-up": "1.5B.gate_up", "down": "1.5B.down", "head": "1.5B.lm_head"}


def json_lines(path):
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("{"):
                try:
                    yield json.loads(line)
                except ValueError:
                    pass


def key_of(part, case, shape):
    """One key for one piece of work, whatever each program calls it; with and without dependent launch is the same work."""
    case = case.replace(" +pdl", "")
    if part == "gemm":
        return "linear", case, int(re.match(r"M(\d+)", shape).group(1))
    if part in ("ceilings", "elements") and case == "copy":
        return "copy", shape, 0
    if part in ("attn", "flex", "prefill", "decode", "decode_x", "decode_ma", "decode_7b"):
        # The shape says everything: "B1 n3 ctx2048 12/2", "1.5B B1 n3 ctx512", "1.5B B1 T2048".
        return ("causal" if case == "causal_attn" else "attn" if part in ("attn", "flex") else part.split("_")[0]), shape, 0
    if part == "train" and (case == "train_step" or shape.endswith(", in a row")):
        # "150M 8x1024 tokens" there; here the model is in the case: "150M-sft", "8 x 1024 tokens, in a row".
        return "train", shape if case == "train_step" else case.split("-")[0] + " " + shape.split(",")[0].replace(" x ", "x"), 0
    return (case if part == "rows" else part + "." + case), shape, 0


def fastest(table, key, milliseconds, row):
    if key not in table or milliseconds < table[key][0]:
        table[key] = milliseconds, row


def read_twins(path, table):
    """Lines of the twins' table: kernel, shape, variant, time, rate."""
    if not os.path.exists(path):
        return
    pattern = re.compile(r"^\s*(?:BEST )?(copy|rmsnorm|softmax|linear-\w)\s+(\S.{0,20}?)\s{2,}(\S.*?)\s+([\d.]+) us\s+([\d.]+) (\S+)")
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = pattern.match(line)
            if not found or "cuBLAS" in found.group(3) or "cuda" in found.group(3):
                continue
            kernel, shape, milliseconds = found.group(1), found.group(2).strip(), float(found.group(4)) / 1e3
            if kernel == "copy":
                key = "copy", shape.replace("4096 MiB", "4GiB").replace(" ", ""), 0
            elif kernel == "rmsnorm":
                hidden, rows = re.match(r"H(\d+) rows(\d+)", shape).groups()
                key = "rmsnorm", "bf16 %sx%s" % (rows, hidden), 0
            elif kernel == "softmax":
                key = "softmax", shape, 0
            else:
                layer, rows = shape.rsplit(" M", 1)
                key = "linear", TWIN_LAYERS.get(layer, layer), int(rows)
            fastest(table, key, milliseconds, found.group(3))


def main(folder):
    lbr, torch, twins, alone = {}, {}, {}, []
    rows = [row for name in ("lbr.jsonl", "lbr-attention.jsonl", "lbr-model.jsonl") for row in json_lines(os.path.join(folder, name))]
    for row in rows:
        if "ms" not in row:
            continue
        if row["part"] in ("launch", "load"):
            alone.append(row)
        elif row["part"] != "ceilings":
            fastest(lbr, key_of(row["part"], row["case"], row["shape"]), row["ms"], row)
    read_ceiling = 0.0
    for row in json_lines(os.path.join(folder, "torch.txt")):
        if "ms" not in row:
            continue
        if row["part"] == "ceilings" and row["case"] == "read":
            read_ceiling = max(read_ceiling, row.get("gbps", 0.0))
        elif row["part"] in ("gemm", "ceilings", "attn", "flex", "prefill", "decode", "decode_x", "decode_ma", "decode_7b", "train"):
            fastest(torch, key_of(row["part"], row["case"], row["shape"]), row["ms"], row)
    for name in ("twins.txt", "twins-best.txt"):
        read_twins(os.path.join(folder, name), twins)

    print("%-8s %-26s %6s %12s %8s %8s %7s %12s %7s %12s %7s" % (
        "kernel", "shape", "rows", "lbr us", "GB/s", "TFLOP/s", "of read", "torch us", "ratio", "twin us", "ratio"))
    for key, (ms, row) in lbr.items():
        cells = [key[0], key[1], str(key[2] or ""), "%.2f" % (ms * 1e3), "%.0f" % row.get("gbps", 0),
                 "%.1f" % row["tflops"] if row.get("tflops") else "",
                 "%.0f%%" % (100 * row["gbps"] / read_ceiling) if read_ceiling and row.get("gbps") else ""]
        for table in (torch, twins):
            other = table.get(key)
            cells += ["%.2f" % (other[0] * 1e3), "%.2f" % (other[0] / ms)] if other else ["", ""]
        print("%-8s %-26s %6s %12s %8s %8s %7s %12s %7s %12s %7s" % tuple(cells))
    for row in alone:
        print("%-8s %-34s %-22s %12.3f us" % (row["part"], row["case"], row["shape"], row["ms"] * 1e3))
    if read_ceiling:
        print("read ceiling %.0f GB/s (the fastest of PyTorch's reductions)" % read_ceiling)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
