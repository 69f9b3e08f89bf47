#!/usr/bin/env python3
"""Peers for a hand-written tree-decoding LLM engine: what plain PyTorch reaches on one GPU.

    python3 torch_peers.py                      every part
    python3 torch_peers.py --only gemm,decode   some parts
    python3 torch_peers.py --only attn:60,flex  with a budget of 60 s for one of them
    python3 torch_peers.py --only decode --match B64    only cases whose shape or name holds one of the texts (a|b)

Parts: ceilings gemm attn flex decode decode_x decode_ma decode_7b hf prefill train
One JSON line per measurement on stdout, an "error"/"skipped" line for a case that failed or no longer fitted the
part's budget (seconds), and a short table at the end. Needs torch with CUDA; transformers only for the part hf.

Rules kept: weights and inputs are random and made on the GPU (never zeros); bf16; a warm-up before every timing;
CUDA events; the median of many; CUDA graphs wherever the work can be captured; buffers rotated so that the L2
cache does not serve weights or KV; attention paths compared with an fp32 reference ("relerr"), whole decode steps
with the first variant of the same shape in the same run ("relerr_vs_first", bf16 noise over the layers is near 0.025).
In the decode rows gbps and frac_weight_roofline count the weight bytes only, frac_weight_kv_roofline the KV too, and
tok_per_s is batch x steps per second: a step of n tree nodes counts once for each sequence. "ctx" includes the n nodes.
"""
import argparse
import gc
import json
import math
import statistics
import sys
import time
import traceback

import torch
import torch.nn.functional as F

DEV = "cuda"
BF = torch.bfloat16
NOMINAL_TFLOPS = 989.4          # dense bf16 of the H100/H200 SXM, datasheet; used for "mfu"
ROTATE_BYTES = 256 << 20        # several times the 50 to 60 MB of L2
RESULTS = []
DEADLINE = [None]
MATCH = []                      # texts; a case that holds none of them is left out

CFG15 = dict(name="1.5B", h=1536, L=28, nh=12, nkv=2, hd=128, inter=8960, vocab=151936)
CFG7 = dict(name="7B", h=3584, L=28, nh=28, nkv=4, hd=128, inter=18944, vocab=152064)
CFG150 = dict(name="150M", h=768, L=12, nh=12, nkv=4, hd=64, inter=3072, vocab=32000)
# For a dry run without a GPU the shapes can be shrunk from outside.
GEMM_M = [1, 3, 4, 8, 9, 12, 16, 32, 64, 128, 384, 1024, 4096]
GEMM_SHAPES = [("1.5B.qkv", 1536, 2048), ("1.5B.o", 1536, 1536), ("1.5B.gate_up", 1536, 17920),
               ("1.5B.down", 8960, 1536), ("1.5B.lm_head", 1536, 151936),
               ("7B.gate_up", 3584, 37888), ("7B.down", 18944, 3584), ("7B.lm_head", 3584, 152064)]
ATT_N = [3, 9, 1, 12, 13, 39]
ATT_CTX = [2048, 8192, 512, 32768]
ATT_B = [1, 64, 16]
POOL_ELEMS = 13 << 30           # bf16 elements of random KV shared by the attention cases (26 GiB)
PREFILL_T = [512, 2048, 8192]
TRAIN_BS = (8, 1024)


# ---------------------------------------------------------------- helpers
def emit(part, case, shape, peer, ms=None, **kw):
    r = {"part": part, "case": case, "shape": shape, "peer": peer}
    if ms is not None:
        r["ms"] = round(ms, 5)
    for k, v in kw.items():
        r[k] = round(v, 5) if isinstance(v, float) else v
    RESULTS.append(r)
    print(json.dumps(r), flush=True)
    return r


def left():
    return 1e9 if DEADLINE[0] is None else DEADLINE[0] - time.time()


def clean():
    gc.collect()
    torch.cuda.empty_cache()


def guard(part, case, shape, peer, fn, need_s=0.0):
    """Run one case; a failure prints an error line and the rest goes on."""
    if MATCH and not any(text in "%s %s %s" % (case, shape, peer) for text in MATCH):
        return None
    if left() < need_s or left() < 0:
        emit(part, case, shape, peer, skipped="part budget spent")
        return None
    t0 = time.time()
    try:
        r = fn()
        if isinstance(r, dict):
            r["case_wall_s"] = round(time.time() - t0, 2)
        return r
    except Exception as e:  # noqa: BLE001
        emit(part, case, shape, peer, error=(type(e).__name__ + ": " + str(e).strip().split("\n")[0])[:300])
        traceback.print_exc(limit=6, file=sys.stderr)
        try:
            torch.cuda.synchronize()
        except Exception as e2:  # noqa: BLE001
            print("cuda state after the failure: %s" % str(e2)[:200], file=sys.stderr)
        clean()
        return None


def events_ms(fn, reps):
    ev = [torch.cuda.Event(enable_timing=True) for _ in range(reps + 1)]
    ev[0].record()
    for i in range(reps):
        fn()
        ev[i + 1].record()
    torch.cuda.synchronize()
    return [ev[i].elapsed_time(ev[i + 1]) for i in range(reps)]


def pick_reps(ms, budget_ms, lo=7, hi=60):
    return max(lo, min(hi, int(budget_ms / max(ms, 1e-4))))


def eager_time(fn, calls=1, budget_ms=200.0):
    for _ in range(2):
        fn()
    torch.cuda.synchronize()
    t = events_ms(fn, 2)[-1]
    return statistics.median(events_ms(fn, pick_reps(t, budget_ms))) / calls


def graph_time(fn, calls=1, budget_ms=60.0, warm=2):
    """Median time of one of `calls` calls that fn() makes, fn captured into a CUDA graph and replayed."""
    s = torch.cuda.Stream()
    s.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(s):
        for _ in range(warm):
            fn()
    torch.cuda.current_stream().wait_stream(s)
    torch.cuda.synchronize()
    g = torch.cuda.CUDAGraph()
    with torch.cuda.graph(g):
        keep = fn()
    g.replay()
    torch.cuda.synchronize()
    t = events_ms(g.replay, 2)[-1]
    ms = statistics.median(events_ms(g.replay, pick_reps(t, budget_ms))) / calls
    del keep, g
    return ms


def rnd(*shape, scale=1.0, dtype=BF):
    t = torch.empty(*shape, device=DEV, dtype=dtype)
    t.normal_(0.0, scale)
    return t


def ceil_div(a, b):
    return -(-a // b)


def relerr(a, b):
    a, b = a.float(), b.float()
    return float((a - b).norm() / b.norm().clamp_min(1e-30))


_READ = [None]


def read_gbps(nbytes=4 << 30):
    """Best read-only rate over a few reductions of one big random tensor (GB/s)."""
    if _READ[0] is None:
        a = rnd(nbytes // 2)
        best = 0.0
        for f in (lambda: torch.sum(a), lambda: torch.sum(a.view(torch.float32).view(-1)),
                  lambda: torch.amax(a.view(torch.int32)), lambda: torch.amax(a)):
            try:
                best = max(best, nbytes / eager_time(f) / 1e6)
            except Exception as e:  # noqa: BLE001
                print("read_gbps: %s" % str(e)[:120], file=sys.stderr)
        del a
        clean()
        _READ[0] = best
    return _READ[0]


def torch_setup():
    import torch._dynamo as dyn
    for k, v in (("recompile_limit", 512), ("cache_size_limit", 512), ("accumulated_recompile_limit", 8192),
                 ("accumulated_cache_size_limit", 8192)):
        try:
            setattr(dyn.config, k, v)
        except Exception:  # noqa: BLE001
            pass


def dyn_reset():
    torch._dynamo.reset()
    clean()


# ---------------------------------------------------------------- 1. ceilings
def part_ceilings():
    P = "ceilings"
    nb = 4 << 30

    def copy():
        a, b = rnd(nb // 2), torch.empty(nb // 2, device=DEV, dtype=BF)
        ms = eager_time(lambda: b.copy_(a))
        return emit(P, "copy", "4GiB", "torch copy_", ms, gbps=2 * nb / ms / 1e6)

    def read(name, view):
        a = rnd(nb // 2)
        ms = eager_time(lambda: view(a))
        return emit(P, "read", "4GiB", "torch " + name, ms, gbps=nb / ms / 1e6)

    def mm(n):
        a, b = rnd(n, n), rnd(n, n)
        ms = eager_time(lambda: torch.mm(a, b), budget_ms=300)
        return emit(P, "matmul", "%d^3" % n, "torch.mm bf16", ms, tflops=2 * n ** 3 / ms / 1e9)

    guard(P, "copy", "4GiB", "torch copy_", copy)
    clean()
    for nm, v in (("sum bf16", torch.sum), ("sum f32", lambda a: torch.sum(a.view(torch.float32))),
                  ("amax bf16", torch.amax), ("amax i32", lambda a: torch.amax(a.view(torch.int32)))):
        guard(P, "read", "4GiB", nm, lambda: read(nm, v))
        clean()
    guard(P, "matmul", "8192^3", "torch.mm bf16", lambda: mm(8192))
    clean()


# ---------------------------------------------------------------- 2. gemm
def part_gemm():
    P = "gemm"
    for name, K, N in GEMM_SHAPES:
        clean()
        wb = N * K * 2
        rmax = max(1, min(64, ceil_div(ROTATE_BYTES, wb)))
        try:
            W = rnd(rmax, N, K, scale=0.02)
        except Exception as e:  # noqa: BLE001
            emit(P, name, "K%d N%d" % (K, N), "cublas", error=str(e)[:200])
            continue
        for M in GEMM_M:
            for lib in (("cublas", "cublaslt") if M <= 128 else ("cublas",)):
                def run():
                    torch.backends.cuda.preferred_blas_library(lib)
                    est = max(wb / 2.5e12, 2 * M * N * K / 6e14)
                    R = min(rmax, max(2, int(0.02 / est)))
                    x, out = rnd(M, K), torch.empty(M, N, device=DEV, dtype=BF)
                    R = max(1, R)

                    def body():
                        for i in range(R):
                            torch.mm(x, W[i].t(), out=out)
                    ms = graph_time(body, R, budget_ms=30)
                    by = wb + 2 * M * (N + K)
                    return emit(P, name, "M%d K%d N%d" % (M, K, N), "torch.mm " + lib, ms, gbps=by / ms / 1e6,
                                tflops=2 * M * N * K / ms / 1e9)
                guard(P, name, "M%d K%d N%d" % (M, K, N), "torch.mm " + lib, run)
        del W
    torch.backends.cuda.preferred_blas_library("cublas")
    clean()


# ---------------------------------------------------------------- 3. tree attention
def tree_parents(n):
    """Parents of n tree nodes, width 3; -1: the node hangs on the prefix."""
    if n in (1, 3, 9):
        return [-1] * n                                          # new nodes of one level
    if n == 12:
        return [-1] * 3 + [i // 3 for i in range(9)]              # 3 + 9
    if n == 13:
        return [-1] + [0] * 3 + [1 + i // 3 for i in range(9)]    # root + 3 + 9
    if n == 39:
        return [-1] * 3 + [i // 3 for i in range(9)] + [3 + i // 3 for i in range(27)]
    raise ValueError(n)


def tree_depths(n):
    d = []
    for p in tree_parents(n):
        d.append(0 if p < 0 else d[p] + 1)
    return d


NAIVE = {1: (1, 1), 3: (3, 1), 9: (9, 1), 12: (9, 2), 13: (9, 3), 39: (27, 3)}  # N -> (leaf sequences, path length)


def tree_anc(n):
    par = tree_parents(n)
    a = torch.zeros(n, n, dtype=torch.bool)
    for i in range(n):
        j = i
        while j >= 0:
            a[i, j] = True
            j = par[j]
    return a.to(DEV)


def full_mask(n, S):
    m = torch.ones(n, S, dtype=torch.bool, device=DEV)
    m[:, S - n:] = tree_anc(n)
    return m


def to_bias(m):
    return torch.zeros(m.shape, device=DEV, dtype=BF).masked_fill_(~m, float("-inf"))


def flash(q, k, v, causal=False):
    r = torch.ops.aten._scaled_dot_product_flash_attention(q, k, v, 0.0, causal)
    return r[0], r[1]


def tree_merge(q, kt, vt, tb, o1, lse1, scale):
    """Tree part over the n new keys, merged with the prefix part (o1, lse1)."""
    s = torch.matmul(q, kt.transpose(-1, -2)).float() * scale + tb
    m = s.amax(-1, keepdim=True)
    p = torch.exp(s - m)
    l = p.sum(-1, keepdim=True)
    o2 = torch.matmul(p.to(q.dtype), vt).float()
    l1 = lse1.unsqueeze(-1)
    mm = torch.maximum(l1, m)
    w1, w2 = torch.exp(l1 - mm), torch.exp(m - mm)
    return ((o1.float() * w1 + o2 * w2) / (w1 + l * w2)).to(q.dtype)


def ref_attn(q, k, v, m):
    """fp32 reference for batch element 0; q [Hq,n,D], k/v [Hkv,S,D]."""
    G = q.shape[0] // k.shape[0]
    q, k, v = q.float(), k.float().repeat_interleave(G, 0), v.float().repeat_interleave(G, 0)
    s = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(q.shape[-1])
    s = s.masked_fill(~m, float("-inf"))
    return torch.matmul(torch.softmax(s, -1), v)


class Pool:
    def __init__(self):
        self.t = None
        n = POOL_ELEMS
        while self.t is None:
            try:
                self.t = rnd(n)
            except Exception:  # noqa: BLE001
                clean()
                n //= 2

    def kv(self, i, *shape):
        """The i-th (K, V) pair of that shape, as views into the pool."""
        n = math.prod(shape)
        o = 2 * n * i
        return self.t[o:o + n].view(*shape), self.t[o + n:o + 2 * n].view(*shape)

    def copies(self, n_elems_kv):
        fit = self.t.numel() // n_elems_kv
        if fit < 1:
            raise RuntimeError("KV of %.1f GB does not fit the pool" % (n_elems_kv * 2 / 1e9))
        return max(1, min(fit, 256, ceil_div(ROTATE_BYTES, n_elems_kv * 2)))


BACKENDS = {-1: "error", 0: "math", 1: "flash", 2: "efficient", 3: "cudnn", 4: "overrideable"}


def attn_case(P, pool, merge, B, n, S, nh, nkv, D=128, which=("bool", "fold", "naive", "cascade")):
    G = nh // nkv
    shape = "B%d n%d ctx%d %d/%d" % (B, n, S, nh, nkv)
    uniq = 2 * B * nkv * S * D * 2
    m = full_mask(n, S)
    anc = m[:, S - n:]
    kvn = 2 * B * nkv * S * D

    def check(o):
        k, v = pool.kv(0, B, nkv, S, D)
        return relerr(o[0], ref_attn(q[0], k[0], v[0], m))

    q = rnd(B, nh, n, D)

    def sdpa(kind):
        R = pool.copies(kvn)
        kvs = [pool.kv(i, B, nkv, S, D) for i in range(R)]
        if kind == "bool":
            mask, qq, gqa, nm = m.view(1, 1, n, S), q, True, "SDPA bool mask, enable_gqa"
        else:
            mask = to_bias(m.repeat(G, 1)).view(1, 1, G * n, S)
            qq, gqa, nm = q.view(B, nkv, G * n, D), False, "SDPA bf16 bias, group folded into rows"
        be = "?"
        try:
            be = BACKENDS.get(int(torch._fused_sdp_choice(qq, kvs[0][0], kvs[0][1], mask, 0.0, False,
                                                          enable_gqa=gqa)), "?")
        except Exception:  # noqa: BLE001
            pass
        if be == "math":   # the math path expands K and V over the group and keeps fp32 scores
            need = 2 * kvn * (G if gqa else 1) * 3 + 4 * B * nh * n * S * 3
            if need > 45e9:
                return emit(P, "tree_attn", shape, nm, backend=be, skipped="math backend would need %.0f GB" % (need / 1e9))

        def one(k, v):
            return F.scaled_dot_product_attention(qq, k, v, attn_mask=mask, enable_gqa=gqa)
        err = check(one(*kvs[0]).reshape(B, nh, n, D))

        def body():
            for k, v in kvs:
                one(k, v)
        ms = graph_time(body, R, budget_ms=25)
        return emit(P, "tree_attn", shape, nm, ms, gbps=uniq / ms / 1e6, backend=be, relerr=err)

    def naive():
        leaves, path = NAIVE[n]
        BB = B * leaves
        dup = 2 * BB * nkv * S * D
        R = pool.copies(dup)
        kvs = [pool.kv(i, BB, nkv, S, D) for i in range(R)]
        qq = rnd(BB, nh, path, D)

        def body():
            for k, v in kvs:
                flash(qq, k, v, path > 1)
        ms = graph_time(body, R, budget_ms=25)
        return emit(P, "tree_attn", shape, "flash SDPA, one sequence per leaf, KV duplicated", ms, gbps=uniq / ms / 1e6,
                    dup_gbps=dup * 2 / ms / 1e6, seqs=BB, q_len=path)

    def cascade():
        R = pool.copies(kvn)
        kvs = [pool.kv(i, B, nkv, S, D) for i in range(R)]
        qf = q.view(B, nkv, G * n, D)
        tb = to_bias(anc.repeat(G, 1)).float()
        sc = 1.0 / math.sqrt(D)

        def one(k, v):
            o1, l1 = flash(qf, k[:, :, :S - n], v[:, :, :S - n])
            return merge(qf, k[:, :, S - n:], v[:, :, S - n:], tb, o1, l1, sc)
        err = check(one(*kvs[0]).reshape(B, nh, n, D))

        def body():
            for k, v in kvs:
                one(k, v)
        ms = graph_time(body, R, budget_ms=25)
        return emit(P, "tree_attn", shape, "flash over prefix (group folded) + small tree part, merged by LSE", ms,
                    gbps=uniq / ms / 1e6, relerr=err)

    for w in which:
        if w in ("bool", "fold"):
            guard(P, "tree_attn", shape, "SDPA " + w, lambda: sdpa(w))
        elif w == "naive":
            guard(P, "tree_attn", shape, "naive", naive)
        else:
            guard(P, "tree_attn", shape, "cascade", cascade)


def part_attn():
    P = "attn"
    pool = Pool()
    merge = torch.compile(tree_merge, dynamic=True)
    todo = []
    for S in ATT_CTX[:2]:                                   # the main cases first: a short budget cuts the tail
        for B in ATT_B[:2]:
            for n in ATT_N[:2]:
                todo.append((B, n, S, 12, 2))
    for S in ATT_CTX[:2]:
        for B in ATT_B[:2]:
            for n in ATT_N[:2]:
                todo.append((B, n, S, 28, 4))
    for n in ATT_N:
        for S in ATT_CTX:
            for B in ATT_B:
                if (B, n, S, 12, 2) not in todo:
                    todo.append((B, n, S, 12, 2))
    for t in todo:
        attn_case(P, pool, merge, *t)
    del pool
    clean()


def flex_block_mask(n, S, rows=None):
    """BlockMask of prefix + tree with the prefix's blocks marked full, so that the mask runs on the last blocks only."""
    from torch.nn.attention.flex_attention import BlockMask
    anc = tree_anc(n)
    pre = S - n

    def mask_mod(b, h, qi, ki):
        t = torch.clamp(ki - pre, 0, n - 1)
        return (ki < pre) | anc[torch.clamp(qi, 0, n - 1), t]

    nb, nf = S // 128, pre // 128
    i32 = dict(device=DEV, dtype=torch.int32)
    part = torch.zeros(1, 1, 1, nb, **i32)
    part[0, 0, 0, :nb - nf] = torch.arange(nf, nb, **i32)
    full = torch.arange(nb, **i32).view(1, 1, 1, nb).contiguous()
    kw = dict(BLOCK_SIZE=(rows or 128, 128), mask_mod=mask_mod, seq_lengths=(n, S))
    args = (torch.full((1, 1, 1), nb - nf, **i32), part, torch.full((1, 1, 1), nf, **i32), full)
    try:
        return BlockMask.from_kv_blocks(*args, compute_q_blocks=False, **kw)
    except TypeError:
        return BlockMask.from_kv_blocks(*args, **kw)


def pad_heads(q, nkv, to):
    """[B, nkv*G, n, D] -> [B, nkv*to, n, D]: the flex decoding kernel (split over KV) wants a power-of-two group."""
    B, nh, n, D = q.shape
    return F.pad(q.reshape(B, nkv, nh // nkv, n, D), (0, 0, 0, 0, 0, to - nh // nkv)).reshape(B, nkv * to, n, D)


def part_flex():
    P = "flex"
    from torch.nn.attention.flex_attention import flex_attention
    pool = Pool()
    D = 128

    def case(B, n, S, nh, nkv, padded):
        G = nh // nkv
        shape = "B%d n%d ctx%d %d/%d" % (B, n, S, nh, nkv)
        nm = "FlexAttention compiled, " + ("group padded to 8 (split-KV decode kernel)" if padded else "as is")

        def run():
            torch._dynamo.reset()
            kvn = 2 * B * nkv * S * D
            R = pool.copies(kvn)
            kvs = [pool.kv(i, B, nkv, S, D) for i in range(R)]
            q = rnd(B, nh, n, D)
            qq = pad_heads(q, nkv, 8).contiguous() if padded else q
            rows = 1 << max(7, (n * 8 - 1).bit_length()) if padded else 128
            bm = flex_block_mask(n, S, rows)
            t0 = time.time()
            f = torch.compile(flex_attention, dynamic=False)

            def one(k, v):
                return f(qq, k, v, block_mask=bm, enable_gqa=True)
            o = one(*kvs[0])
            cs = time.time() - t0
            if padded:
                o = o.view(B, nkv, 8, n, D)[:, :, :G].reshape(B, nh, n, D)
            err = relerr(o[0], ref_attn(q[0], kvs[0][0][0], kvs[0][1][0], full_mask(n, S)))

            def body():
                for k, v in kvs:
                    one(k, v)
            ms = graph_time(body, R, budget_ms=25)
            return emit(P, "tree_attn", shape, nm, ms, gbps=2 * kvn / ms / 1e6, relerr=err, compile_s=round(cs, 1))
        guard(P, "tree_attn", shape, nm, run)

    # Padding pays while n * 8 rows stay within one 64-row tile; from n = 9 its 128-row tile is far slower than "as is".
    for t in ((1, 3, 8192), (64, 3, 2048), (1, 3, 2048), (64, 3, 8192), (1, 3, 32768), (16, 3, 8192), (1, 3, 512),
              (64, 3, 32768), (1, 9, 8192)):
        case(*t, 12, 2, True)
    for t in ((1, 3, 8192), (1, 9, 8192), (64, 3, 2048), (64, 9, 2048), (1, 13, 8192), (1, 39, 8192), (64, 9, 8192)):
        case(*t, 12, 2, False)
    case(1, 3, 8192, 28, 4, True)
    case(64, 3, 2048, 28, 4, True)
    del pool
    clean()


# ---------------------------------------------------------------- the model (Qwen2), as functions over tensors
def make_model(cfg, dtype=BF, embed=True):
    h, nh, nkv, hd, it = cfg["h"], cfg["nh"], cfg["nkv"], cfg["hd"], cfg["inter"]
    layers = []
    for _ in range(cfg["L"]):
        layers.append((1 + rnd(h, scale=0.1, dtype=dtype), rnd((nh + 2 * nkv) * hd, h, scale=0.02, dtype=dtype),
                       rnd((nh + 2 * nkv) * hd, scale=0.02, dtype=dtype), rnd(h, nh * hd, scale=0.02, dtype=dtype),
                       1 + rnd(h, scale=0.1, dtype=dtype), rnd(2 * it, h, scale=0.02, dtype=dtype),
                       rnd(h, it, scale=0.02, dtype=dtype)))
    return dict(cfg=cfg, layers=layers, norm=1 + rnd(h, scale=0.1, dtype=dtype),
                lm=rnd(cfg["vocab"], h, scale=0.02, dtype=dtype), emb=rnd(cfg["vocab"], h, scale=1.0, dtype=dtype))


def weight_elems(model):
    return sum(t.numel() for l in model["layers"] for t in l) + model["lm"].numel() + model["norm"].numel()


def rms(x, w):
    xf = x.float()
    return (xf * torch.rsqrt(xf.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype) * w.to(x.dtype)


def rope(x, cos, sin):
    a, b = x.float().chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1).to(x.dtype)


def rope_tables(pos, hd, theta=10000.0):
    inv = 1.0 / (theta ** (torch.arange(0, hd, 2, device=DEV, dtype=torch.float32) / hd))
    a = pos.to(torch.float32)[:, None] * inv
    return a.cos()[None, :, None, :], a.sin()[None, :, None, :]       # [1, n, 1, hd/2]


def make_layer(cfg, kind, P, T):
    """One decoder layer. x: residual, d: the previous layer's output not yet added (so that the add fuses with the
    norm across layers as in a whole-model compile). kind picks the attention."""
    nh, nkv, hd = cfg["nh"], cfg["nkv"], cfg["hd"]
    G = nh // nkv
    sc = 1.0 / math.sqrt(hd)
    if kind == "flex":
        from torch.nn.attention.flex_attention import flex_attention

    def layer(x, d, cos, sin, slots, mask, kc, vc, n1, wqkv, bqkv, wo, n2, wgu, wdn):
        B, n, _ = x.shape
        x = x + d
        qkv = F.linear(rms(x, n1), wqkv) + bqkv
        q, k, v = qkv.split([nh * hd, nkv * hd, nkv * hd], -1)
        q = rope(q.reshape(B, n, nh, hd), cos, sin).transpose(1, 2)
        k = rope(k.reshape(B, n, nkv, hd), cos, sin).transpose(1, 2)
        v = v.reshape(B, n, nkv, hd).transpose(1, 2)
        if kind.startswith("causal"):                      # prefill
            kc[:, :, :n] = k
            vc[:, :, :n] = v
            if kind == "causal_flash":
                o = flash(q, k, v, True)[0]
            else:
                o = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        else:
            kc[:, :, slots] = k
            vc[:, :, slots] = v
            if kind == "flash":
                o = flash(q, kc[:, :, :T], vc[:, :, :T])[0]
            elif kind == "bool":
                o = F.scaled_dot_product_attention(q, kc, vc, attn_mask=mask, enable_gqa=True)
            elif kind == "fold":
                o = F.scaled_dot_product_attention(q.reshape(B, nkv, G * n, hd), kc, vc, attn_mask=mask)
                o = o.reshape(B, nh, n, hd)
            elif kind == "cascade":
                qf = q.reshape(B, nkv, G * n, hd)
                o1, l1 = flash(qf, kc[:, :, :P], vc[:, :, :P])
                o = tree_merge(qf, k, v, mask, o1, l1, sc).reshape(B, nh, n, hd)
            elif kind == "flex":
                o = flex_attention(pad_heads(q, nkv, 8), kc, vc, block_mask=mask, enable_gqa=True)
                o = o.reshape(B, nkv, 8, n, hd)[:, :, :G].reshape(B, nh, n, hd)
            else:
                raise ValueError(kind)
        x = x + F.linear(o.transpose(1, 2).reshape(B, n, nh * hd), wo)
        g, u = F.linear(rms(x, n2), wgu).chunk(2, -1)
        return x, F.linear(F.silu(g) * u, wdn)
    return layer


def head(x, d, wn, wlm):
    logits = F.linear(rms(x + d, wn), wlm)
    return logits, logits.argmax(-1)


OPTS = {"default": {}, "cdt": {"coordinate_descent_tuning": True},
        "ma": {"max_autotune": True, "coordinate_descent_tuning": True, "max_autotune_gemm_backends": "ATEN,TRITON"}}
OPT_NOTE = {"default": "torch.compile default (cuBLAS)", "cdt": "torch.compile + coordinate_descent_tuning (gpt-fast flags)",
            "ma": "torch.compile max-autotune + coordinate_descent_tuning"}
KIND_NOTE = {"flash": "flash SDPA at the exact length", "bool": "SDPA bool mask enable_gqa",
             "fold": "SDPA bias, group folded", "cascade": "flash prefix + tree part, LSE merge",
             "flex": "FlexAttention, group padded"}
_LOGITS = {}


def decode_case(P, model, caches, B, n, ctx, kind, opt, whole=False):
    cfg = model["cfg"]
    G = cfg["nh"] // cfg["nkv"]
    shape = "%s B%d n%d ctx%d" % (cfg["name"], B, n, ctx)
    nm = "hand-rolled gpt-fast style, CUDA graph; %s; %s%s" % (OPT_NOTE[opt], KIND_NOTE[kind],
                                                              "; whole model in one compile" if whole else "")

    def run():
        dyn_reset()
        pre = ctx - n
        depth = torch.tensor(tree_depths(n), device=DEV)
        cos, sin = rope_tables(pre + depth, cfg["hd"])
        slots = torch.arange(pre, ctx, device=DEV)
        m = full_mask(n, ctx)
        mask = None
        if kind == "bool":
            mask = m.view(1, 1, n, ctx)
        elif kind == "fold":
            mask = to_bias(m.repeat(G, 1)).view(1, 1, G * n, ctx)
        elif kind == "cascade":
            mask = to_bias(m[:, pre:].repeat(G, 1)).float()
        elif kind == "flex":
            mask = flex_block_mask(n, ctx, 1 << max(7, (n * 8 - 1).bit_length()))
        kvs = caches(B, ctx)
        gen = torch.Generator(device="cpu")
        gen.manual_seed(1)
        tok = torch.randint(0, cfg["vocab"], (B, n), generator=gen).to(DEV)
        z = torch.zeros(B, n, cfg["h"], device=DEV, dtype=BF)
        f0 = make_layer(cfg, kind, pre, ctx)
        kw = dict(dynamic=False)
        if OPTS[opt]:
            kw["options"] = OPTS[opt]
        t0 = time.time()
        if whole:
            def model_fn(tok, z, cos, sin, slots, mask, kvs, layers, wn, wlm, emb):
                x, d = F.embedding(tok, emb), z
                for (kc, vc), w in zip(kvs, layers):
                    x, d = f0(x, d, cos, sin, slots, mask, kc, vc, *w)
                return head(x, d, wn, wlm)
            fm = torch.compile(model_fn, **kw)

            def step():
                return fm(tok, z, cos, sin, slots, mask, kvs, model["layers"], model["norm"], model["lm"], model["emb"])
        else:
            fl, fh = torch.compile(f0, **kw), torch.compile(head, **kw)

            def step():
                x, d = F.embedding(tok, model["emb"]), z
                for (kc, vc), w in zip(kvs, model["layers"]):
                    x, d = fl(x, d, cos, sin, slots, mask, kc, vc, *w)
                return fh(x, d, model["norm"], model["lm"])
        lg = step()[0].float()
        torch.cuda.synchronize()
        cs = time.time() - t0
        key = (B, n, ctx)
        err = relerr(lg, _LOGITS[key]) if key in _LOGITS else None
        if key not in _LOGITS:
            _LOGITS[key] = lg
        del lg
        ms = graph_time(step, 1, budget_ms=250)
        wb = weight_elems(model) * 2
        kvb = cfg["L"] * B * ctx * cfg["nkv"] * cfg["hd"] * 4
        rd = read_gbps()
        extra = {} if err is None else {"relerr_vs_first": err}
        return emit(P, "decode", shape, nm, ms, gbps=wb / ms / 1e6, frac_weight_roofline=wb / ms / 1e6 / rd,
                    frac_weight_kv_roofline=(wb + kvb) / ms / 1e6 / rd, tok_per_s=1e3 * B / ms, read_ceiling_gbps=rd,
                    compile_s=round(cs, 1), **extra)
    guard(P, "decode", shape, nm, run)
    clean()


def cache_maker(cfg):
    store = {}

    def caches(B, S):
        if (B, S) not in store:
            store.clear()
            clean()
            g = torch.Generator(device=DEV)
            g.manual_seed(B * 1000003 + S)      # the same KV each time, so that "relerr_vs_first" compares like with like

            def new():
                return torch.empty(B, cfg["nkv"], S, cfg["hd"], device=DEV, dtype=BF).normal_(generator=g)
            store[(B, S)] = [(new(), new()) for _ in range(cfg["L"])]
        return store[(B, S)]
    return caches


DECODE = [(1, 1, 512, "flash", "cdt"), (1, 1, 512, "flash", "default"), (1, 1, 512, "bool", "cdt"),
          (1, 3, 512, "cascade", "default"), (1, 3, 512, "bool", "default"),
          (1, 9, 512, "cascade", "default"), (1, 9, 512, "bool", "default"),
          (64, 1, 512, "flash", "default"), (64, 3, 512, "cascade", "default"), (64, 3, 512, "bool", "default"),
          (1, 1, 4096, "flash", "cdt"), (1, 3, 4096, "cascade", "default"), (1, 9, 4096, "cascade", "default"),
          (1, 3, 4096, "bool", "default")]
# The rest: what may beat the above. B3 n1 (B9, B192) is the tree step without tree attention: K branches as K
# sequences, each with its own copy of the KV cache (the copying that a branch choice then costs is not counted).
DECODE_X = [(3, 1, 512, "flash", "default"), (1, 3, 512, "fold", "default"), (64, 3, 512, "fold", "default"),
            (9, 1, 512, "flash", "default"), (1, 9, 512, "fold", "default"), (192, 1, 512, "flash", "default"),
            (3, 1, 4096, "flash", "default"), (1, 3, 512, "flex", "default"), (1, 3, 4096, "flex", "default"),
            (1, 1, 4096, "bool", "cdt")]
DECODE_MA = [(1, 3, 512, "fold", "ma"), (1, 1, 512, "flash", "ma"), (3, 1, 512, "flash", "ma"),
             (1, 9, 512, "fold", "ma"), (64, 1, 512, "flash", "ma"), (64, 3, 512, "fold", "ma")]
DECODE_7B = [(1, 1, 512, "flash", "cdt"), (1, 3, 512, "cascade", "default"), (1, 9, 512, "cascade", "default"),
             (64, 3, 512, "cascade", "default"), (1, 1, 4096, "flash", "cdt"), (64, 1, 512, "flash", "default")]


def part_decode(which="decode", cfg=CFG15):
    model = make_model(cfg)
    caches = cache_maker(cfg)
    read_gbps()
    for c in {"decode": DECODE, "decode_x": DECODE_X, "decode_ma": DECODE_MA, "decode_7b": DECODE_7B}[which]:
        decode_case(which, model, caches, *c)
    if which == "decode_x" and left() > 60:
        decode_case(which, model, caches, 1, 1, 512, "flash", "cdt", whole=True)
    _LOGITS.clear()
    clean()


# ---------------------------------------------------------------- 4b. HF generate
def part_hf():
    P = "hf"
    from transformers import LogitsProcessor, LogitsProcessorList, Qwen2Config, Qwen2ForCausalLM
    c = CFG15
    prompt = 512
    cfg = Qwen2Config(vocab_size=c["vocab"], hidden_size=c["h"], intermediate_size=c["inter"], num_hidden_layers=c["L"],
                      num_attention_heads=c["nh"], num_key_value_heads=c["nkv"], max_position_embeddings=16384,
                      rms_norm_eps=1e-6, tie_word_embeddings=False)
    old = torch.get_default_dtype()
    torch.set_default_dtype(BF)
    try:
        with torch.device(DEV):
            model = Qwen2ForCausalLM(cfg)
    finally:
        torch.set_default_dtype(old)
    model = model.to(DEV, BF).eval()
    with torch.no_grad():
        for p in model.parameters():
            if p.dim() > 1:
                p.normal_(0.0, 0.02)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    ids = torch.randint(0, c["vocab"], (1, prompt), device=DEV)
    wb = sum(p.numel() for n, p in model.named_parameters() if "embed" not in n) * 2

    class Stamp(LogitsProcessor):
        """A logits processor that only records an event a step."""

        def __init__(self):
            self.ev = []

        def __call__(self, input_ids, scores):
            e = torch.cuda.Event(enable_timing=True)
            e.record()
            self.ev.append(e)
            return scores

    def measure(nm, new, **kw):
        def gen():
            st = Stamp()
            o = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, do_sample=False,
                               logits_processor=LogitsProcessorList([st]), **kw)
            torch.cuda.synchronize()
            assert o.shape[1] == prompt + new, o.shape
            return [st.ev[i].elapsed_time(st.ev[i + 1]) for i in range(len(st.ev) - 1)]

        def run():
            t0 = time.time()
            gen()
            first = time.time() - t0
            ms = statistics.median(gen()[4:])
            return emit(P, "decode", "1.5B B1 n1 ctx%d..%d" % (prompt, prompt + new), nm, ms, gbps=wb / ms / 1e6,
                        tok_per_s=1e3 / ms, first_call_s=round(first, 1))
        guard(P, "decode", "1.5B B1 n1", nm, run)

    with torch.no_grad():
        measure("HF generate, eager, dynamic cache", 40)
        measure("HF generate, static cache, compiled (transformers' own default)", 160, cache_implementation="static")
    del model
    clean()


# ---------------------------------------------------------------- 5. prefill
def part_prefill():
    P = "prefill"
    cfg = CFG15
    model = make_model(cfg)
    lin = sum(t.numel() for l in model["layers"] for t in l if t.dim() == 2)

    def case(T, kind):
        nm = "hand-rolled, torch.compile, CUDA graph, " + ("flash SDPA" if kind == "causal_flash" else "SDPA default backend")
        shape = "%s B1 T%d" % (cfg["name"], T)

        def run():
            dyn_reset()
            cos, sin = rope_tables(torch.arange(T, device=DEV), cfg["hd"])
            kvs = [(rnd(1, cfg["nkv"], T, cfg["hd"]), rnd(1, cfg["nkv"], T, cfg["hd"])) for _ in range(cfg["L"])]
            tok = torch.randint(0, cfg["vocab"], (1, T), device=DEV)
            z = torch.zeros(1, T, cfg["h"], device=DEV, dtype=BF)
            fl = torch.compile(make_layer(cfg, kind, 0, T), dynamic=False)
            fh = torch.compile(head, dynamic=False)

            def step():
                x, d = F.embedding(tok, model["emb"]), z
                for (kc, vc), w in zip(kvs, model["layers"]):
                    x, d = fl(x, d, cos, sin, None, None, kc, vc, *w)
                return fh(x[:, -1:], d[:, -1:], model["norm"], model["lm"])
            t0 = time.time()
            step()
            torch.cuda.synchronize()
            cs = time.time() - t0
            ms = graph_time(step, 1, budget_ms=500)
            fl_ = 2 * lin * T + cfg["L"] * 2 * T * T * cfg["nh"] * cfg["hd"] + 2 * model["lm"].numel()
            return emit(P, "prefill", shape, nm, ms, tok_per_s=1e3 * T / ms, tflops=fl_ / ms / 1e9,
                        mfu=fl_ / ms / 1e9 / NOMINAL_TFLOPS, compile_s=round(cs, 1))
        guard(P, "prefill", shape, nm, run)
        clean()

    for T in PREFILL_T:
        case(T, "causal")
    for T in reversed(PREFILL_T):
        case(T, "causal_flash")
    del model
    clean()


# ---------------------------------------------------------------- 6. train
def make_train_layer(cfg):
    nh, nkv, hd = cfg["nh"], cfg["nkv"], cfg["hd"]

    def layer(x, d, cos, sin, n1, wqkv, bqkv, wo, n2, wgu, wdn):
        B, n, _ = x.shape
        x = x + d
        qkv = F.linear(rms(x, n1), wqkv) + bqkv.to(x.dtype)
        q, k, v = qkv.split([nh * hd, nkv * hd, nkv * hd], -1)
        q = rope(q.reshape(B, n, nh, hd), cos, sin).transpose(1, 2)
        k = rope(k.reshape(B, n, nkv, hd), cos, sin).transpose(1, 2)
        v = v.reshape(B, n, nkv, hd).transpose(1, 2)
        o = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        x = x + F.linear(o.transpose(1, 2).reshape(B, n, nh * hd), wo)
        g, u = F.linear(rms(x, n2), wgu).chunk(2, -1)
        return x, F.linear(F.silu(g) * u, wdn)
    return layer


def pg_loss(x, d, wn, wlm, tgt, adv, old):
    """Clipped policy-gradient loss (GRPO-like) over gathered per-token log-probabilities."""
    lg = F.linear(rms(x + d, wn), wlm).float()
    logp = lg.gather(-1, tgt.unsqueeze(-1)).squeeze(-1) - torch.logsumexp(lg, -1)
    r = torch.exp(logp - old)
    return -torch.minimum(r * adv, r.clamp(0.8, 1.2) * adv).mean()


def train_case(P, cfg, mode, graph=False):
    B, T = TRAIN_BS
    shape = "%s %dx%d tokens" % (cfg["name"], B, T)
    nm = "torch.compile per layer + fused AdamW, " + {"bf16": "plain bf16", "fp32": "fp32 weights, bf16 autocast"}[mode]
    nm += ", whole step in a CUDA graph" if graph else ""

    def run():
        dyn_reset()
        model = make_model(cfg, BF if mode == "bf16" else torch.float32)
        ps = [t for l in model["layers"] for t in l] + [model["norm"], model["lm"], model["emb"]]
        for p in ps:
            p.requires_grad_(True)
        opt = torch.optim.AdamW(ps, lr=1e-6, fused=True, capturable=True)
        cos, sin = rope_tables(torch.arange(T, device=DEV), cfg["hd"])
        tok = torch.randint(0, cfg["vocab"], (B, T), device=DEV)
        tgt = torch.randint(0, cfg["vocab"], (B, T), device=DEV)
        adv, old = rnd(B, T, dtype=torch.float32), rnd(B, T, dtype=torch.float32) * 0.05 - math.log(cfg["vocab"])
        z = torch.zeros(B, T, cfg["h"], device=DEV, dtype=BF)
        fl = torch.compile(make_train_layer(cfg), dynamic=False)
        fh = torch.compile(pg_loss, dynamic=False)

        def fwd():
            x, d = F.embedding(tok, model["emb"]).to(BF), z
            for w in model["layers"]:
                x, d = fl(x, d, cos, sin, *w)
            return fh(x, d, model["norm"], model["lm"], tgt, adv, old)

        def step():
            opt.zero_grad(set_to_none=True)
            if mode == "fp32":
                with torch.autocast("cuda", BF, cache_enabled=False):
                    loss = fwd()
            else:
                loss = fwd()
            loss.backward()
            opt.step()
            return loss
        t0 = time.time()
        loss = step()
        torch.cuda.synchronize()
        cs = time.time() - t0
        assert torch.isfinite(loss).item(), "loss is not finite"
        lv = float(loss.detach())
        del loss
        if graph:
            ms = graph_time(lambda: (step(), None)[1], 1, budget_ms=600)
        else:
            step()
            step()
            ms = statistics.median(events_ms(step, 8))
        nmm = sum(t.numel() for l in model["layers"] for t in l if t.dim() == 2) + model["lm"].numel()
        fl_ = 6 * nmm * B * T + 3 * cfg["L"] * 2 * T * T * B * cfg["nh"] * cfg["hd"]
        return emit(P, "train_step", shape, nm, ms, tok_per_s=1e3 * B * T / ms, tflops=fl_ / ms / 1e9,
                    mfu=fl_ / ms / 1e9 / NOMINAL_TFLOPS, peak_gb=round(torch.cuda.max_memory_allocated() / 1e9, 1),
                    compile_s=round(cs, 1), loss=lv)
    guard(P, "train_step", shape, nm, run)
    clean()
    torch.cuda.reset_peak_memory_stats()


def part_train():
    for cfg, mode, graph in ((CFG15, "bf16", False), (CFG150, "bf16", False), (CFG15, "fp32", False),
                             (CFG150, "fp32", False), (CFG150, "bf16", True)):
        train_case("train", cfg, mode, graph)


# ---------------------------------------------------------------- main
PARTS = {"ceilings": (part_ceilings, 40), "gemm": (part_gemm, 90), "attn": (part_attn, 90), "flex": (part_flex, 90),
         "decode": (part_decode, 150), "decode_x": (lambda: part_decode("decode_x"), 150),
         "decode_ma": (lambda: part_decode("decode_ma"), 120),
         "decode_7b": (lambda: part_decode("decode_7b", CFG7), 100), "hf": (part_hf, 100),
         "prefill": (part_prefill, 80), "train": (part_train, 130)}
NO_GRAD = {"ceilings", "gemm", "attn", "flex", "decode", "decode_x", "decode_ma", "decode_7b", "prefill"}


def table():
    print("\n%-9s %-14s %-26s %10s %9s %9s  %s" % ("part", "case", "shape", "ms", "GB/s", "TFLOP/s", "peer"))
    for r in RESULTS:
        if r["part"] == "info":
            continue
        if "ms" not in r:
            print("%-9s %-14s %-26s %30s  %s" % (r["part"], r["case"], r["shape"],
                                                ("ERROR " + r["error"] if "error" in r else "skipped")[:60], r["peer"][:60]))
            continue
        f = lambda k: ("%9.1f" % r[k]) if k in r else " " * 9  # noqa: E731
        ks = ("frac_weight_roofline", "frac_weight_kv_roofline", "tok_per_s", "mfu", "relerr", "relerr_vs_first")
        x = " ".join("%s=%.3g" % (k, r[k]) for k in ks if isinstance(r.get(k), float))
        print("%-9s %-14s %-26s %10.4f %s %s  %s %s" % (r["part"], r["case"], r["shape"], r["ms"], f("gbps"), f("tflops"),
                                                       r["peer"], x))


def main():
    ap = argparse.ArgumentParser(description="PyTorch peers on one GPU")
    ap.add_argument("--only", default=",".join(PARTS), help="comma-separated parts, each with an optional budget in "
                    "seconds, as attn:60; parts: " + " ".join(PARTS))
    ap.add_argument("--att-n", default="", help="the part attn: only these numbers of tree nodes, as 39 or 3,9")
    ap.add_argument("--match", default="", help="only cases whose shape or name holds one of these texts, as 'B64|T2048'")
    ap.add_argument("--no-table", action="store_true")
    a = ap.parse_args()
    names = []
    for p in a.only.split(","):
        n, _, b = p.partition(":")
        if n not in PARTS:
            ap.error("no part named " + n)
        names.append((n, float(b) if b else PARTS[n][1]))
    MATCH[:] = [x for x in a.match.split("|") if x]
    if a.att_n:
        ATT_N[:] = [int(x) for x in a.att_n.split(",")]
    torch_setup()
    torch.manual_seed(1234)
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = True
    import platform
    p = torch.cuda.get_device_properties(0)
    info = dict(torch=torch.__version__, cuda=torch.version.cuda, python=platform.python_version(),
                sms=p.multi_processor_count, mem_gib=round(p.total_memory / 2 ** 30, 1))
    try:
        info["cudnn"] = torch.backends.cudnn.version()
        info["l2_mb"] = round(p.L2_cache_size / 1e6, 1)
        import triton
        info["triton"] = triton.__version__
    except Exception:  # noqa: BLE001
        pass
    emit("info", "device", torch.cuda.get_device_name(0), "", **info)
    for nm, b in names:
        fn = PARTS[nm][0]
        t0 = time.time()
        DEADLINE[0] = t0 + b
        try:
            if nm in NO_GRAD:
                with torch.no_grad():
                    fn()
            else:
                fn()
        except Exception as e:  # noqa: BLE001
            emit(nm, "part", "", "", error=(type(e).__name__ + ": " + str(e))[:300])
            traceback.print_exc(file=sys.stderr)
        clean()
        emit("info", "part_wall_s", nm, "", seconds=round(time.time() - t0, 1))
    if not a.no_table:
        table()


if __name__ == "__main__":
    main()
