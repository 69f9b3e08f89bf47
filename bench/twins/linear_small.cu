// Linear for a handful of rows: y[M,N] = x[M,K] W[N,K]^T, M = 1..16 (and up to 64 in the second kernel).
//
// What bounds it. Every weight is used M times: 2M operations on 2 bytes. At M = 16 that is 16 operations a byte while the chip
// offers more than 200: the time is the time to read W once, N K 2 bytes at ~3.1 TB/s:
//     qkv 6.3 MB 2.0 us | o 4.7 MB 1.5 us | gate-up 55 MB 18 us | down 27.5 MB 8.9 us | head 467 MB 151 us.
// By Little's law 3.1 TB/s x ~0.7 us of loaded latency = 2.2 MB must be in flight: 16 KB on each of 132 multiprocessors,
// better 32 to 64 KB.
// For qkv and o the reading is shorter than what surrounds it: launch ~1 us, first byte ~0.7 us, x's latency, the sum over
// warps ~0.2 us. There only the number of dependent steps counts, hence one wave, everything asked for at once, no second
// kernel, and programmatic dependent launch, under which W's loads are issued while the previous kernel is still finishing.
//
// Mapping. mma.sync m16n8k16 with W as the 16-row operand A and x^T, padded to 8 columns, as B. The index k runs over a sum, so
// any permutation of k that is the same for W and x leaves y alone. Choose it so that a lane's fragment words are neighbours in
// memory: in a block of 32 k, lane (g = lane/4, t = lane%4) loads the 16 bytes W[row g][8t .. 8t+7] and feeds words 0,1 to
// one mma and words 2,3 to the next (slots k' = 2t,2t+1 <- 8t,8t+1; k' = 2t+8,2t+9 <- 8t+2,8t+3). B's lane (g, t) needs
// x[column g] at the same k: the same 16-byte pattern. So neither operand needs ldmatrix nor, for W, shared memory: each
// element of W goes from DRAM to a register once, in 16-byte loads, four lanes covering 64 bytes of a row; a "unit" of 64 k is
// two such loads, one 128-byte line a row.
//
// Kernel 1, `linear_ksplit`: a CTA owns 16 rows of W at a time; its warps split K (unit u goes to warp u mod WARPS), so x needs
// no sharing: each warp keeps its slice of x in registers for all tiles (XREG, K <= 64 U WARPS) or reads it beside W
// through L2 (long K). Partial sums meet in shared memory, one barrier a tile. BUFFERS = 2: the next stage is in
// flight while this one is multiplied and summed. `splits` > 1 also splits K over CTAs: partials in a workspace, and the CTA
// that arrives last adds them in a fixed order (no float atomics: bit-reproducible).
// Kernel 2, `linear_rows`: a warp owns 16 rows of W and all of K: no barrier, no sum over warps; x sits in shared memory in
// fragment order (lane l of a block reads bytes 16 l: no bank conflict). Good when N/16 fills the machine.
// Kernel 3, `linear_any`: one warp an output, any K: for rows that are not 16-byte aligned (K not a multiple of 8).
#include "linear_bench.cuh"

#ifndef PART
#define PART -1  // run.sh compiles the parts side by side: 0 short K, 1 long K and many rows
#endif

namespace twins {

// ---------------------------------------------------------------------------------------------------- shared by kernels 1, 2
// U units (64 k) of 16 rows of W: [unit][row g, row g+8][first, second half]. Every member is in registers.
template <int U> struct Weights { uint4 v[U][2][2]; };

// Unit u of the stage is unit first + u * step of the row. Rows past the end read the last row instead: they are never stored,
// and the stream needs no predicate for them; chunks past K are zero.
template <int U, int HINT>
__device__ __forceinline__ void load_weights(Weights<U>& b, const bf16* w, int N, int K, int tile, int first, int step) {
  const int lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
  const bf16* p0 = w + size_t(min(tile * 16 + g, N - 1)) * K;
  const bf16* p1 = w + size_t(min(tile * 16 + g + 8, N - 1)) * K;
#pragma unroll
  for (int u = 0; u < U; ++u)
#pragma unroll
    for (int c = 0; c < 2; ++c) {
      const int k = (first + step * u) * 64 + c * 32 + 8 * t;
      b.v[u][0][c] = load16_if<HINT>(p0 + k, k < K);
      b.v[u][1][c] = load16_if<HINT>(p1 + k, k < K);
    }
}

// 32 k of a 16-row tile against 8 rows of x: two mma, k permuted alike on both sides.
__device__ __forceinline__ void multiply_32(float (&acc)[4], uint4 row_g, uint4 row_g8, uint4 x) {
  mma_bf16(acc, row_g.x, row_g8.x, row_g.y, row_g8.y, x.x, x.y);
  mma_bf16(acc, row_g.z, row_g8.z, row_g.w, row_g8.w, x.z, x.w);
}

// ---------------------------------------------------------------------------------------------------- kernel 1: K over warps
template <int U, int NT> struct Inputs { uint4 v[U][NT][2]; };   // x of the same units: [unit][8 rows of x][half]

template <int U, int NT>
__device__ __forceinline__ void load_inputs(Inputs<U, NT>& b, const bf16* x, int M, int K, int first, int step) {
  const int lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
#pragma unroll
  for (int u = 0; u < U; ++u)
#pragma unroll
    for (int j = 0; j < NT; ++j)
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        const int k = (first + step * u) * 64 + c * 32 + 8 * t, m = j * 8 + g;
        b.v[u][j][c] = load16_if<kDefault>(x + size_t(m) * K + k, k < K && m < M);
      }
}

// Two accumulator chains (one a half unit) halve the dependent length.
template <int U, int NT>
__device__ __forceinline__ void multiply(float (&acc)[2][NT][4], const Weights<U>& a, const Inputs<U, NT>& b) {
#pragma unroll
  for (int u = 0; u < U; ++u)
#pragma unroll
    for (int c = 0; c < 2; ++c)
#pragma unroll
      for (int j = 0; j < NT; ++j) multiply_32(acc[c][j], a.v[u][0][c], a.v[u][1][c], b.v[u][j][c]);
}

// Adds the warps' partial sums of a tile, writes it and clears acc. `sums` is [2][WARPS][NT*8 rows of x][16 rows of W, pitch 20],
// its halves alternate with `parity`: a warp reaches tile i+2 only past barrier i+1, which every reader of tile i has passed.
template <int NT, int WARPS>
__device__ __forceinline__ void finish_tile(float (&acc)[2][NT][4], float* sums, int parity, bf16* y, int M, int N, int tile,
                                            int splits, float* workspace, unsigned* arrivals) {
  constexpr int kPitch = 20;                 // floats: the four t of a fragment hit different banks
  constexpr int kTile = NT * 8 * kPitch;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
  float* all = sums + parity * WARPS * kTile;
  float* mine = all + warp * kTile;
#pragma unroll
  for (int j = 0; j < NT; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      mine[(j * 8 + 2 * t + (i & 1)) * kPitch + g + (i >> 1) * 8] = acc[0][j][i] + acc[1][j][i];
      acc[0][j][i] = acc[1][j][i] = 0;
    }
  __syncthreads();
  float* parts = workspace + size_t(tile) * splits * NT * 128;   // [split][NT*8][16] of this tile
  for (int e = threadIdx.x; e < NT * 128; e += WARPS * 32) {
    const int m = e >> 4, n = tile * 16 + (e & 15);
    float v = 0;
#pragma unroll
    for (int i = 0; i < WARPS; ++i) v += all[i * kTile + m * kPitch + (e & 15)];
    if (splits > 1)
      parts[blockIdx.y * NT * 128 + e] = v;
    else if (m < M && n < N)
      y[size_t(m) * N + n] = to_bf16(v);
  }
  if (splits == 1) return;
  unsigned* last = reinterpret_cast<unsigned*>(sums + 2 * WARPS * kTile);
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    *last = atomicAdd(arrivals + tile, 1u) == unsigned(splits - 1);
    __threadfence();
  }
  __syncthreads();
  if (*last) {
    for (int e = threadIdx.x; e < NT * 128; e += WARPS * 32) {
      const int m = e >> 4, n = tile * 16 + (e & 15);
      float v = 0;
      for (int i = 0; i < splits; ++i) v += __ldcg(parts + i * NT * 128 + e);
      if (m < M && n < N) y[size_t(m) * N + n] = to_bf16(v);
    }
    if (threadIdx.x == 0) arrivals[tile] = 0;
  }
  __syncthreads();                           // `last` is rewritten by the next tile
}

// A position in the sequence (tile, stage), (tile, stage+1), ..., (tile + step, 0), ...
struct Cursor {
  int tile, stage;
  __device__ __forceinline__ void advance(int stages, int step) {
    if (++stage == stages) {
      stage = 0;
      tile += step;
    }
  }
};

// What stays the same from step to step.
struct Job {
  const bf16 *x, *w;
  bf16* y;
  int M, N, K, splits;
  float* workspace;
  unsigned* arrivals;
  int tiles, stages, first, step;
};

// Asks for the next stage, multiplies this one, finishes the tile if it was its last. Called in pairs with the buffers exchanged,
// so that each buffer keeps its own registers: a copy from one to the other would wait for loads that are still on their way.
template <int NT, int U, int WARPS, int BUFFERS, bool XREG, int HINT>
__device__ __forceinline__ void ksplit_step(const Job& job, Cursor& done, Cursor& next, int& parity, float* sums,
                                            float (&acc)[2][NT][4], Weights<U>& a, Inputs<U, NT>& b, Weights<U>& next_a,
                                            Inputs<U, NT>& next_b) {
  next.advance(job.stages, gridDim.x);
  const bool more = next.tile < job.tiles;
  const int from = job.first + job.step * U * next.stage;
  if (BUFFERS == 2 && more) {
    load_weights<U, HINT>(next_a, job.w, job.N, job.K, next.tile, from, job.step);
    if (!XREG) load_inputs<U, NT>(next_b, job.x, job.M, job.K, from, job.step);
  }
  multiply<U, NT>(acc, a, b);
  if (BUFFERS == 1 && more) {
    load_weights<U, HINT>(a, job.w, job.N, job.K, next.tile, from, job.step);
    if (!XREG) load_inputs<U, NT>(b, job.x, job.M, job.K, from, job.step);
  }
  const int tile = done.tile;
  done.advance(job.stages, gridDim.x);
  if (done.stage != 0) return;
  finish_tile<NT, WARPS>(acc, sums, parity, job.y, job.M, job.N, tile, job.splits, job.workspace, job.arrivals);
  parity ^= 1;
}

template <int NT, int U, int WARPS, int BUFFERS, bool XREG, int HINT, int MIN_CTAS>
__global__ void __launch_bounds__(WARPS * 32, MIN_CTAS)
    linear_ksplit(const bf16* x, const bf16* w, bf16* y, int M, int N, int K, int splits, float* workspace, unsigned* arrivals) {
  float* sums = reinterpret_cast<float*>(dynamic_shared());
  const int units = (K + 63) / 64, step = WARPS * splits, first = int(blockIdx.y) * WARPS + int(threadIdx.x >> 5);
  const int stages = XREG ? 1 : (units + step * U - 1) / (step * U);
  const Job job{x, w, y, M, N, K, splits, workspace, arrivals, (N + 15) / 16, stages, first, step};
  float acc[2][NT][4] = {};
  Weights<U> a0, a1;
  Inputs<U, NT> b0, b1;
  Cursor done{int(blockIdx.x), 0}, next = done;   // what is multiplied, what is loaded
  int parity = 0;

  launch_dependents();
  load_weights<U, HINT>(a0, w, N, K, next.tile, first, step);
  dependency_wait();                              // W is constant; x comes from the kernel before
  load_inputs<U, NT>(b0, x, M, K, first, step);
  while (done.tile < job.tiles) {
    ksplit_step<NT, U, WARPS, BUFFERS, XREG, HINT>(job, done, next, parity, sums, acc, a0, b0, a1, b1);
    if constexpr (BUFFERS == 2) {
      if (done.tile >= job.tiles) break;
      ksplit_step<NT, U, WARPS, BUFFERS, XREG, HINT>(job, done, next, parity, sums, acc, a1, XREG ? b0 : b1, a0, b0);
    }
  }
}

// ---------------------------------------------------------------------------------------------------- kernel 2: rows over warps
template <int NT, int U>
__device__ __forceinline__ void rows_step(const Job& job, Cursor& done, Cursor& next, const uint4* inputs, float (&acc)[2][NT][4],
                                          Weights<U>& a, Weights<U>& next_a) {
  const int lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
  next.advance(job.stages, job.step);
  if (next.tile < job.tiles) load_weights<U, kStreaming>(next_a, job.w, job.N, job.K, next.tile, next.stage * U, 1);
  const uint4* b = inputs + done.stage * U * 2 * NT * 32 + lane;
#pragma unroll
  for (int u = 0; u < U; ++u)
#pragma unroll
    for (int c = 0; c < 2; ++c)
#pragma unroll
      for (int j = 0; j < NT; ++j) multiply_32(acc[c][j], a.v[u][0][c], a.v[u][1][c], b[((u * 2 + c) * NT + j) * 32]);
  const int tile = done.tile;
  done.advance(job.stages, job.step);
  if (done.stage != 0) return;
#pragma unroll
  for (int j = 0; j < NT; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int m = j * 8 + 2 * t + (i & 1), n = tile * 16 + g + (i >> 1) * 8;
      if (m < job.M && n < job.N) job.y[size_t(m) * job.N + n] = to_bf16(acc[0][j][i] + acc[1][j][i]);
      acc[0][j][i] = acc[1][j][i] = 0;
    }
}

template <int NT, int U, int WARPS, int MIN_CTAS>
__global__ void __launch_bounds__(WARPS * 32, MIN_CTAS)
    linear_rows(const bf16* x, const bf16* w, bf16* y, int M, int N, int K) {
  uint4* inputs = reinterpret_cast<uint4*>(dynamic_shared());   // [K/32][NT][lane]: fragment order
  const int stages = ((K + 63) / 64 + U - 1) / U, step = int(gridDim.x) * WARPS;
  const Job job{x, w, y, M, N, K, 1, nullptr, nullptr, (N + 15) / 16, stages, 0, step};
  float acc[2][NT][4] = {};
  Weights<U> a0, a1;
  Cursor done{int(blockIdx.x * WARPS + (threadIdx.x >> 5)), 0}, next = done;

  launch_dependents();
  if (done.tile < job.tiles) load_weights<U, kStreaming>(a0, w, N, K, done.tile, 0, 1);
  dependency_wait();
  // Whole stages are zero-filled, so that the last stage multiplies zeros where K ends.
  for (int i = threadIdx.x; i < stages * U * 2 * NT * 32; i += WARPS * 32) {
    const int row = (i / 32 % NT) * 8 + (i % 32) / 4, k = (i / 32 / NT) * 32 + (i % 4) * 8;
    inputs[i] = load16_if<kDefault>(x + size_t(row) * K + k, row < M && k < K);
  }
  __syncthreads();
  while (done.tile < job.tiles) {
    rows_step<NT, U>(job, done, next, inputs, acc, a0, a1);
    if (done.tile >= job.tiles) break;
    rows_step<NT, U>(job, done, next, inputs, acc, a1, a0);
  }
}

// ---------------------------------------------------------------------------------------------------- kernel 3: any K
static __global__ void linear_any(const bf16* x, const bf16* w, bf16* y, int M, int N, int K) {
  const size_t output = (blockIdx.x * size_t(blockDim.x) + threadIdx.x) / 32;
  const int lane = threadIdx.x & 31;
  launch_dependents();
  dependency_wait();
  if (output >= size_t(M) * N) return;
  const bf16 *xr = x + output / N * K, *wr = w + output % N * K;
  float sum = 0;
  for (int k = lane; k < K; k += 32) sum += to_float(xr[k]) * to_float(wr[k]);
  sum = warp_sum(sum);
  if (lane == 0) y[output] = to_bf16(sum);
}

// ---------------------------------------------------------------------------------------------------- host
// ctas: resident CTAs a multiprocessor that the persistent grid is sized for.
template <int NT, int U, int WARPS, int BUFFERS, bool XREG, int HINT, int MIN_CTAS>
LinearVariant ksplit(Session& s, const char* name, int splits, int ctas) {
  auto kernel = linear_ksplit<NT, U, WARPS, BUFFERS, XREG, HINT, MIN_CTAS>;
  return {name, reinterpret_cast<const void*>(kernel),
          [=, &s](int M, int N, int K) {
            return M <= NT * 8 && (NT == 1 || M > NT * 4) && K % 8 == 0 && (!XREG || K <= 64 * U * WARPS * splits) &&
                   (splits == 1 || ((N + 15) / 16 < Session::kCounters &&
                                    size_t(N + 15) / 16 * splits * NT * 512 <= s.workspace_bytes));
          },
          [=, &s](cudaStream_t stream, bool dependent, const bf16* x, const bf16* w, bf16* y, int M, int N, int K) {
            const int tiles = ceil_div(N, 16), grid = std::max(1, std::min(tiles, s.multiprocessors * ctas / splits));
            launch(kernel, dim3(grid, splits), WARPS * 32, size_t(2 * WARPS * NT * 8 * 20 + 4) * 4, stream, dependent, x, w, y, M,
                   N, K, splits, s.workspace, s.counters);
          }};
}

template <int NT, int U, int WARPS, int MIN_CTAS>
LinearVariant rows(Session& s, const char* name) {
  auto kernel = linear_rows<NT, U, WARPS, MIN_CTAS>;
  auto shared = [](int K) { return size_t(ceil_div(ceil_div(K, 64), U)) * U * 2 * NT * 512; };
  return {name, reinterpret_cast<const void*>(kernel),
          [=](int M, int, int K) {
            return M <= NT * 8 && (NT == 1 || M > NT * 4) && K % 8 == 0 && shared(K) <= size_t(227 * 1024) / MIN_CTAS - 1024;
          },
          [=, &s](cudaStream_t stream, bool dependent, const bf16* x, const bf16* w, bf16* y, int M, int N, int K) {
            const int grid = std::min(ceil_div(ceil_div(N, 16), WARPS), s.multiprocessors * MIN_CTAS);
            launch(kernel, dim3(grid), WARPS * 32, shared(K), stream, dependent, x, w, y, M, N, K);
          }};
}

LinearVariant any_k() {
  return {"any K", reinterpret_cast<const void*>(linear_any), [](int, int, int) { return true; },
          [](cudaStream_t stream, bool dependent, const bf16* x, const bf16* w, bf16* y, int M, int N, int K) {
            launch(linear_any, dim3(ceil_div(size_t(M) * N, 8)), 256, 0, stream, dependent, x, w, y, M, N, K);
          }};
}

int run(Session& s) {
  // One wave of CTAs for K = 1536 (24 units). U x WARPS = 24 keeps x in registers.
  std::vector<LinearVariant> short_k, large_n, long_k, many_rows;
#if PART != 1
  short_k = {ksplit<1, 3, 8, 1, true, kStreaming, 2>(s, "ks w8 u3 b1", 1, 2),
             ksplit<1, 3, 8, 1, true, kStreamingL2, 2>(s, "ks w8 u3 b1 L2:256", 1, 2),
             ksplit<1, 2, 12, 1, true, kStreaming, 2>(s, "ks w12 u2 b1", 1, 2),
             ksplit<1, 1, 24, 1, true, kStreaming, 1>(s, "ks w24 u1 b1", 1, 1),
             ksplit<1, 3, 4, 1, true, kStreaming, 4>(s, "ks w4 u3 b1 split2", 2, 4),
             ksplit<2, 3, 8, 1, true, kStreaming, 1>(s, "ks w8 u3 b1 M16", 1, 1),
             ksplit<2, 2, 12, 1, true, kStreaming, 1>(s, "ks w12 u2 b1 M16", 1, 1)};
  large_n = {ksplit<1, 3, 8, 2, true, kStreaming, 1>(s, "ks w8 u3 b2", 1, 1),
             ksplit<1, 2, 12, 2, true, kStreaming, 1>(s, "ks w12 u2 b2", 1, 1),
             ksplit<1, 6, 4, 1, true, kStreaming, 2>(s, "ks w4 u6 b1 x2", 1, 2),
             ksplit<1, 3, 8, 1, true, kStreaming, 2>(s, "ks w8 u3 b1 x2", 1, 2),
             ksplit<2, 3, 8, 2, true, kStreaming, 1>(s, "ks w8 u3 b2 M16", 1, 1),
             ksplit<2, 2, 12, 2, true, kStreaming, 1>(s, "ks w12 u2 b2 M16", 1, 1),
             rows<1, 2, 8, 2>(s, "rows w8 u2 x2"), rows<1, 4, 8, 1>(s, "rows w8 u4"), rows<1, 2, 9, 1>(s, "rows w9 u2"),
             rows<2, 2, 8, 2>(s, "rows w8 u2 x2 M16")};
#endif
#if PART != 0
  long_k = {ksplit<1, 2, 16, 2, false, kStreaming, 1>(s, "ks w16 u2 b2", 1, 1),
            ksplit<1, 2, 14, 2, false, kStreaming, 1>(s, "ks w14 u2 b2", 1, 1),
            ksplit<1, 4, 8, 2, false, kStreaming, 1>(s, "ks w8 u4 b2", 1, 1),
            ksplit<1, 3, 10, 2, false, kStreaming, 1>(s, "ks w10 u3 b2", 1, 1),
            ksplit<1, 2, 8, 2, false, kStreaming, 2>(s, "ks w8 u2 b2 split2", 2, 2),
            ksplit<1, 2, 10, 1, false, kStreaming, 2>(s, "ks w10 u2 b1 split2", 2, 2),
            ksplit<2, 2, 10, 2, false, kStreaming, 1>(s, "ks w10 u2 b2 M16", 1, 1),
            ksplit<2, 1, 8, 2, false, kStreaming, 2>(s, "ks w8 u1 b2 split2 M16", 2, 2)};
  many_rows = {rows<4, 2, 8, 1>(s, "rows w8 u2 M32"), rows<4, 2, 8, 2>(s, "rows w8 u2 x2 M32"),
               rows<8, 1, 8, 1>(s, "rows w8 u1 M64"), rows<8, 2, 12, 1>(s, "rows w12 u2 M64")};
#endif
  LinearBench bench(s, "linear-s");
  std::vector<LinearVariant> all;
  for (auto* list : {&short_k, &large_n, &long_k, &many_rows}) all.insert(all.end(), list->begin(), list->end());
  all.push_back(any_k());
  int failed = bench.tails(all, {{1, 1, 8}, {1, 16, 64}, {3, 17, 24}, {8, 40, 1536}, {7, 33, 1000}, {9, 50, 1536}, {16, 31, 136},
                                 {2, 2113, 72}, {5, 100, 2568}, {13, 20, 1544}, {32, 70, 200}, {31, 33, 1536}, {64, 65, 136},
                                 {33, 16, 1024}, {3, 7, 33}});
  if (s.tails_only) return failed;

  auto sweep = [&](const Shape& shape, std::vector<int> rows_of_x, const std::vector<LinearVariant>& variants) {
    for (int M : rows_of_x) {
      if (bench.has_cublas()) bench.time(shape, M, bench.cublas(), false);
      for (const LinearVariant& v : variants)
        for (bool dependent : {false, true}) bench.time(shape, M, v, dependent);
    }
  };
#if PART != 1
  sweep(kQkv, {1, 3, 8, 16}, short_k);
  sweep(kOut, {1, 3, 8, 16}, short_k);
  sweep(kGateUp, {1, 3, 8, 16}, large_n);
  sweep(kHead, {1, 3, 8, 16}, large_n);
#endif
#if PART != 0
  sweep(kDown, {1, 3, 8, 16}, long_k);
  sweep(Shape{"7B gate-up", 3584, 37888}, {3}, {ksplit<1, 4, 8, 2, false, kStreaming, 1>(s, "ks w8 u4 b2", 1, 1),
                                               rows<1, 2, 8, 2>(s, "rows w8 u2 x2")});
  sweep(kGateUp, {32, 64}, many_rows);
  sweep(kHead, {32, 64}, many_rows);
#endif
  s.summary();
  return failed;
}

}  // namespace twins

int main(int argc, char** argv) {
  try {
    twins::Session session(argc, argv, 2, 1);
    return twins::run(session);
  } catch (const std::exception& e) {
    std::printf("ERROR %s\n", e.what());
    return 1;
  }
}
