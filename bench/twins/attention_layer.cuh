// The Linears of a decode layer with everything around them folded in, for M = 1..16 rows.
//
// y = epilogue(norm(x) W^T). What each fold saves is a kernel (launch and drain, 2 to 3 us of 40 a layer) and a round trip of M rows:
//   norm      rms_norm(x) W^T = rstd_m (x gamma) W^T: every warp multiplies its own slice of x by gamma in registers and adds up
//             its squares; rstd joins where the warps' partial sums meet anyway. x is read by every CTA: M x 3 KB from L2.
//   qkv       bias, rotation of q and k, k and v straight into the cache. A tile of 16 rows of W is 8 rows d and 8 rows d + D/2 of
//             one head: a rotation's two halves lie in one thread. No reordering of W: rows g and g + 8 of a tile are any two rows.
//   swiglu    a tile is 8 gate rows and the 8 up rows of the same index.
//   residual  x += y in place; the old value is fetched before the product.
// The product itself is that of linear_small.cu: W from memory to registers in 16-byte loads, K over the warps, one barrier a tile.
// ROWS < 16 leaves rows of the mma empty to get more tiles: 1536 outputs are 96 tiles of 16 but 128 of 12, for 132 multiprocessors.
//
// Order across kernels (programmatic dependent launch). W, gamma and bias are constant: asked for before griddepcontrol.wait; x, the
// residual, the rotation table and the cache after it. Every kernel waits before it ends, so completion is transitive.
#pragma once
#include "attention_ptx.cuh"

namespace twins {

enum LinearEpilogue { kPlain = 0, kResidual = 1, kSwiGlu = 2, kQkv = 3 };

struct LayerLinear {
  const bf16 *x, *w, *gamma;            // [M, K], [N, K], [K]
  bf16* y;                              // plain [M, N], residual: x to add to, swiglu [M, N/2], qkv: q [M, heads D]
  int M, N, K;
  float epsilon;
  const bf16* bias;                     // qkv [N]
  const float2* rotation;               // qkv [M, D/2] cosine and sine
  const int* lengths;                   // qkv [B] where the new rows of a sequence go
  bf16 *k, *v;                          // qkv: the layer's cache [B, Hkv, capacity, D]
  int rows, heads, kv_heads, D;         // rows a sequence, M = B rows
  long long kv_sequence, kv_head;
  Ahead ahead;                          // what the next kernel reads first
};

template <int U> struct LayerWeights { uint4 v[U][2][2]; };        // [64 k][row g, row g + 8][32 k]
template <int U, int NT> struct LayerInputs { uint4 v[U][NT][2]; };

// Row g (half 0) or g + 8 (half 1) of a tile.
template <int EPILOGUE, int ROWS>
__device__ __forceinline__ int tile_row(const LayerLinear& a, int tile, int g, int half) {
  if constexpr (EPILOGUE == kSwiGlu) return tile * 8 + g + half * (a.N / 2);
  if constexpr (EPILOGUE == kQkv) {
    const int tiles_of_head = a.D / 16;
    return tile / tiles_of_head * a.D + tile % tiles_of_head * 8 + g + half * (a.D / 2);
  }
  return tile * ROWS + g + half * 8;
}

template <int U, int EPILOGUE, int ROWS>
__device__ __forceinline__ void load_layer_weights(LayerWeights<U>& b, const LayerLinear& a, int tile, int first, int step) {
  const int lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
  const int row0 = tile_row<EPILOGUE, ROWS>(a, tile, g, 0), row8 = tile_row<EPILOGUE, ROWS>(a, tile, g, 1);
  const bf16 *p0 = a.w + size_t(min(row0, a.N - 1)) * a.K, *p8 = a.w + size_t(min(row8, a.N - 1)) * a.K;
  const bool both = ROWS == 16 || g + 8 < ROWS;
#pragma unroll
  for (int u = 0; u < U; ++u)
#pragma unroll
    for (int c = 0; c < 2; ++c) {
      const int k = (first + step * u) * 64 + c * 32 + 8 * t;
      b.v[u][0][c] = load16_if<kStreaming>(p0 + k, k < a.K);
      b.v[u][1][c] = load16_if<kStreaming>(p8 + k, k < a.K && both);
    }
}

template <int U, int NT>
__device__ __forceinline__ void load_layer_inputs(LayerInputs<U, NT>& b, const LayerLinear& a, int first, int step) {
  const int lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
#pragma unroll
  for (int u = 0; u < U; ++u)
#pragma unroll
    for (int j = 0; j < NT; ++j)
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        const int k = (first + step * u) * 64 + c * 32 + 8 * t, m = j * 8 + g;
        b.v[u][j][c] = load16_if<kDefault>(a.x + size_t(m) * a.K + k, k < a.K && m < a.M);
      }
}

__device__ __forceinline__ uint32_t scale_pair(uint32_t x, uint32_t s, float& squares) {
  const float low = low_float(x), high = high_float(x);
  squares += low * low + high * high;
  return pack_bf16(low * low_float(s), high * high_float(s));
}
// x gamma in place of x; returns this lane's sums of squares of x, one for each of its NT rows.
template <int U, int NT>
__device__ __forceinline__ void scale_inputs(LayerInputs<U, NT>& b, const uint4 (&gamma)[U][2], float (&squares)[NT]) {
#pragma unroll
  for (int j = 0; j < NT; ++j) {
    squares[j] = 0;
#pragma unroll
    for (int u = 0; u < U; ++u)
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        uint4& x = b.v[u][j][c];
        x.x = scale_pair(x.x, gamma[u][c].x, squares[j]);
        x.y = scale_pair(x.y, gamma[u][c].y, squares[j]);
        x.z = scale_pair(x.z, gamma[u][c].z, squares[j]);
        x.w = scale_pair(x.w, gamma[u][c].w, squares[j]);
      }
  }
}

// What a thread needs to finish outputs (row m, columns i and i + 8 of the tile): asked for before the product.
struct EpilogueInputs {
  float low, high;                      // bias or residual
  float2 rotation;
  long long place;                      // qkv: offset in q, or in the cache
};

template <int EPILOGUE, int ROWS>
__device__ __forceinline__ EpilogueInputs prepare_outputs(const LayerLinear& a, int tile, int m, int i) {
  EpilogueInputs e = {};
  const int n = tile_row<EPILOGUE, ROWS>(a, tile, i, 0), n8 = tile_row<EPILOGUE, ROWS>(a, tile, i, 1);
  if constexpr (EPILOGUE == kResidual) {
    if (n < a.N) e.low = to_float(a.y[size_t(m) * a.N + n]);
    if (n8 < a.N && i + 8 < ROWS) e.high = to_float(a.y[size_t(m) * a.N + n8]);
  }
  if constexpr (EPILOGUE == kQkv) {
    const int head = n / a.D, d = n % a.D;
    e.low = to_float(a.bias[n]);
    e.high = to_float(a.bias[n8]);
    if (head < a.heads + a.kv_heads) e.rotation = a.rotation[m * (a.D / 2) + d];
    if (head < a.heads)
      e.place = ((long long)m * a.heads + head) * a.D + d;
    else
      e.place = m / a.rows * a.kv_sequence + (head - a.heads) % a.kv_heads * a.kv_head + (long long)(a.lengths[m / a.rows] + m % a.rows) * a.D + d;
  }
  return e;
}

template <int EPILOGUE, int ROWS>
__device__ __forceinline__ void store_outputs(const LayerLinear& a, const EpilogueInputs& e, int tile, int m, int i, float low, float high) {
  const int n = tile_row<EPILOGUE, ROWS>(a, tile, i, 0), n8 = tile_row<EPILOGUE, ROWS>(a, tile, i, 1);
  if constexpr (EPILOGUE == kPlain || EPILOGUE == kResidual) {
    if (n < a.N) a.y[size_t(m) * a.N + n] = to_bf16(low + e.low);
    if (n8 < a.N && i + 8 < ROWS) a.y[size_t(m) * a.N + n8] = to_bf16(high + e.high);
  } else if constexpr (EPILOGUE == kSwiGlu) {
    a.y[size_t(m) * (a.N / 2) + n] = to_bf16(low / (1.0f + fast_exp2(-1.4426950408889634f * low)) * high);
  } else {
    const int head = n / a.D;
    low += e.low;
    high += e.high;
    if (head < a.heads + a.kv_heads) {
      const float turned = low * e.rotation.x - high * e.rotation.y;
      high = high * e.rotation.x + low * e.rotation.y;
      low = turned;
    }
    bf16* to = (head < a.heads ? a.y : head < a.heads + a.kv_heads ? a.k : a.v) + e.place;
    to[0] = to_bf16(low);
    to[a.D / 2] = to_bf16(high);
  }
}

struct LayerCursor {
  int tile, stage;
  __device__ __forceinline__ void advance(int stages, int step) {
    if (++stage == stages) {
      stage = 0;
      tile += step;
    }
  }
};

// XREG: x stays in registers (K <= 64 U WARPS), one stage a tile. BUFFERS = 2: the next stage is on its way during this one.
template <int NT, int U, int WARPS, int BUFFERS, bool XREG, int ROWS, int EPILOGUE, bool NORM>
__global__ void __launch_bounds__(WARPS * 32, 1) layer_linear(LayerLinear a) {
  constexpr int kPitch = 20, kTile = NT * 8 * kPitch;
  static_assert(NT * 64 <= WARPS * 32 && (XREG || !NORM), "a thread a pair of outputs; the norm needs x in registers");
  float* sums = reinterpret_cast<float*>(dynamic_shared());        // [parity][warp][row of x][row of W]
  float* squares_of = sums + 2 * WARPS * kTile;                    // [warp][row of x]
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
  const int m = int(threadIdx.x) >> 3, i = threadIdx.x & 7;        // the outputs this thread finishes
  const bool finishes = int(threadIdx.x) < NT * 64 && m < a.M;
  const int units = (a.K + 63) / 64, stages = XREG ? 1 : (units + WARPS * U - 1) / (WARPS * U);
  const int tiles = EPILOGUE == kSwiGlu || EPILOGUE == kQkv ? a.N / 16 : (a.N + ROWS - 1) / ROWS;
  LayerWeights<U> w[BUFFERS];
  LayerInputs<U, NT> x[XREG ? 1 : BUFFERS];
  uint4 gamma[U][2];
  float acc[2][NT][4] = {}, rstd = 1;
  LayerCursor done{int(blockIdx.x), 0}, next = done;
  int parity = 0;
  bool first = true;
  EpilogueInputs inputs = {};

  launch_dependents();
  load_layer_weights<U, EPILOGUE, ROWS>(w[0], a, next.tile, warp, WARPS);
  if constexpr (NORM)
#pragma unroll
    for (int u = 0; u < U; ++u)
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        const int k = (warp + WARPS * u) * 64 + c * 32 + 8 * t;
        gamma[u][c] = load16_if<kDefault>(a.gamma + k, k < a.K);
      }
  const bool single = stages == 1 && done.tile + int(gridDim.x) >= tiles;
  if (single) prefetch_ahead(a.ahead);
  dependency_wait();
  load_layer_inputs<U, NT>(x[0], a, warp, WARPS);
  if (finishes && done.tile < tiles) inputs = prepare_outputs<EPILOGUE, ROWS>(a, done.tile, m, i);
  if constexpr (NORM) {
    float squares[NT];
    scale_inputs<U, NT>(x[0], gamma, squares);
#pragma unroll
    for (int j = 0; j < NT; ++j) {
      squares[j] += __shfl_xor_sync(0xffffffffu, squares[j], 1);
      squares[j] += __shfl_xor_sync(0xffffffffu, squares[j], 2);
      if (t == 0) squares_of[warp * NT * 8 + j * 8 + g] = squares[j];
    }
  }

  while (done.tile < tiles) {
#pragma unroll
    for (int b = 0; b < BUFFERS; ++b) {   // unrolled: each buffer keeps its own registers
      if (b > 0 && done.tile >= tiles) break;
      // ---- ask for the next stage, multiply this one
      const int other = (b + 1) % BUFFERS, xb = XREG ? 0 : b, x_other = XREG ? 0 : other;
      next.advance(stages, gridDim.x);
      const bool more = next.tile < tiles;
      const int from = warp + WARPS * U * next.stage;
      if (BUFFERS == 2 && more) {
        load_layer_weights<U, EPILOGUE, ROWS>(w[other], a, next.tile, from, WARPS);
        if constexpr (!XREG) load_layer_inputs<U, NT>(x[x_other], a, from, WARPS);
      }
      if (!more && !single) prefetch_ahead(a.ahead);
#pragma unroll
      for (int u = 0; u < U; ++u)
#pragma unroll
        for (int c = 0; c < 2; ++c)
#pragma unroll
          for (int j = 0; j < NT; ++j) {
            const uint4 r0 = w[b].v[u][0][c], r8 = w[b].v[u][1][c], xs = x[xb].v[u][j][c];
            mma_bf16(acc[c][j], r0.x, r8.x, r0.y, r8.y, xs.x, xs.y);
            mma_bf16(acc[c][j], r0.z, r8.z, r0.w, r8.w, xs.z, xs.w);
          }
      if (BUFFERS == 1 && more) {
        load_layer_weights<U, EPILOGUE, ROWS>(w[0], a, next.tile, from, WARPS);
        if constexpr (!XREG) load_layer_inputs<U, NT>(x[0], a, from, WARPS);
      }
      const int tile = done.tile;
      done.advance(stages, gridDim.x);
      if (done.stage != 0) continue;
      // ---- the warps' partial sums; the halves of `sums` alternate, so that one barrier a tile is enough
      float* all = sums + parity * WARPS * kTile;
#pragma unroll
      for (int j = 0; j < NT; ++j)
#pragma unroll
        for (int e = 0; e < 4; ++e) {
          all[warp * kTile + (j * 8 + 2 * t + (e & 1)) * kPitch + g + (e >> 1) * 8] = acc[0][j][e] + acc[1][j][e];
          acc[0][j][e] = acc[1][j][e] = 0;
        }
      parity ^= 1;
      __syncthreads();
      if (!finishes) continue;
      if (NORM && first) {
        rstd = 0;
#pragma unroll
        for (int v = 0; v < WARPS; ++v) rstd += squares_of[v * NT * 8 + m];
        rstd = fast_rsqrt(rstd / float(a.K) + a.epsilon);
        first = false;
      }
      float low = 0, high = 0;
#pragma unroll
      for (int v = 0; v < WARPS; ++v) {
        low += all[v * kTile + m * kPitch + i];
        high += all[v * kTile + m * kPitch + i + 8];
      }
      store_outputs<EPILOGUE, ROWS>(a, inputs, tile, m, i, low * rstd, high * rstd);
      if (done.tile < tiles) inputs = prepare_outputs<EPILOGUE, ROWS>(a, done.tile, m, i);
    }
  }
}

// Start of a step: x = embedding[token], and the step's rotations, once for all layers. Position = prefix + depth of the row.
static __global__ void layer_start(const int* tokens, const int* lengths, const unsigned long long* ancestors, const bf16* embedding,
                                   bf16* x, float2* rotation, int rows, int H, int D, float log2_theta) {
  const int m = blockIdx.x;
  launch_dependents();
  dependency_wait();
  for (int i = threadIdx.x; i < H / 8; i += blockDim.x)
    store16<kDefault>(x + size_t(m) * H + i * 8, load16<kDefault>(embedding + size_t(tokens[m]) * H + i * 8));
  int depth = -1;
  for (unsigned long long a = ancestors[m]; a != 0; a &= a - 1) ++depth;
  const float position = float(lengths[m / rows] + depth);
  for (int i = threadIdx.x; i < D / 2; i += blockDim.x) {
    const float angle = position * exp2f(-log2_theta * float(2 * i) / float(D));
    rotation[m * (D / 2) + i] = float2{cosf(angle), sinf(angle)};
  }
}

}  // namespace twins
