// Linear through shared-memory tiles: the kernel behind linear_medium.cu and linear_large.cu.
//
// A CTA computes y[BM x BN] = x[BM x K] W[BN x K]^T. Both operands are K-contiguous, so both tiles arrive by the same copy:
//   global --cp.async, 16 bytes a thread--> shared [rows][BK] --ldmatrix.x4--> fragments --mma.sync m16n8k16--> float32.
// Shared memory. A row of BK bf16 is BK/8 chunks of 16 bytes. Stored plainly, the eight rows that one 8x8 matrix of ldmatrix
// reads would sit in one bank group; chunk c of row r is therefore stored at c ^ (r mod 8) (BK = 64, rows of 128 bytes) or at
// c ^ (r/2 mod 4) (BK = 32, two rows in 128 bytes): eight rows, eight different 16-byte columns, no conflict on either side.
// Since r mod 8 of a lane's row is fixed, the swizzle is one XOR with a constant per k step.
// Pipeline. STAGES tiles rotate; at step kt the copy of tile kt+STAGES-1 is issued into the slot that tile kt-1 has left, and
// exactly one barrier a tile separates them. Fragments are double-buffered in registers: those of step kk+1 load while
// the tensor cores work on kk, across the tile boundary too.
// Arithmetic against bandwidth. A warp tile of 64x64 takes 8 ldmatrix.x4 (4 KB of shared memory) for 32 mma a k16 step; 64x32
// takes 6 for 16. From L2 a CTA tile needs 2 (BM + BN) bytes for every BM BN multiply-adds of k: at 470 TFLOP/s
//   128x128: 7.3 TB/s   128x192: 6.1   128x256: 5.5.  L2 gives about 5.5 to 7, hence the wide tiles.
// Order of CTAs. Consecutive CTAs walk `group` tile rows down before moving one tile column right: the ~132 CTAs of a wave
// then share `group` panels of x and 132/group panels of W in L2 instead of one and 132.
// Split K (SPLIT): blockIdx.y takes a slice of K; float32 partials go to a workspace in fragment order (coalesced), the last CTA
// to arrive at a tile adds them slice by slice, in the same order every time.
// Tails: rows past M or N and chunks past K are zero-filled by cp.async; stores are masked. K must be a multiple of 8.
#pragma once
#include "ptx.cuh"

namespace twins {

template <int BM, int BN, int BK, int WARPS_M, int WARPS_N, int STAGES>
struct TileShape {
  static constexpr int kThreads = WARPS_M * WARPS_N * 32;
  static constexpr int kWarpM = BM / WARPS_M, kWarpN = BN / WARPS_N;   // one warp's part of the tile
  static constexpr int kStageA = BM * BK * 2, kStageB = BN * BK * 2;   // bytes
  static constexpr int kOutPitch = kWarpN * 2 + 16;                    // bytes of a staged output row: conflict-free
  static constexpr int kPipelineBytes = STAGES * (kStageA + kStageB);
  static constexpr int kOutBytes = WARPS_M * WARPS_N * kWarpM * kOutPitch;
  static constexpr int kSharedBytes = kPipelineBytes > kOutBytes ? kPipelineBytes : kOutBytes;
  static_assert(BK == 32 || BK == 64, "the swizzle is written for rows of 64 or 128 bytes");
  static_assert(kWarpM % 16 == 0 && kWarpN % 16 == 0 && STAGES >= 3, "whole fragments, at least three stages");
  static_assert(BM % (kThreads * 8 / BK) == 0 && BN % (kThreads * 8 / BK) == 0, "whole copy passes");
};

// This thread's chunks of one tile, PASSES rows of chunks apart; `valid` has a bit for each row.
template <int PASSES, int PASS_BYTES>
__device__ __forceinline__ void copy_tile(uint32_t to, const bf16* from, size_t pass_stride, unsigned valid, bool inside) {
#pragma unroll
  for (int p = 0; p < PASSES; ++p) copy_async16(to + p * PASS_BYTES, from + p * pass_stride, inside && ((valid >> p) & 1));
}

template <int COUNT, int TILE_BYTES>
__device__ __forceinline__ void load_fragments(uint32_t (&f)[COUNT][4], uint32_t shared) {
#pragma unroll
  for (int i = 0; i < COUNT; ++i) load_matrix_x4(f[i], shared + i * TILE_BYTES);
}

template <int MI, int NI>
__device__ __forceinline__ void multiply_fragments(float (&acc)[MI][NI][4], const uint32_t (&a)[MI][4],
                                                   const uint32_t (&b)[NI / 2][4]) {
#pragma unroll
  for (int i = 0; i < MI; ++i)
#pragma unroll
    for (int jj = 0; jj < NI; ++jj) {
      const int j = (i & 1) ? NI - 1 - jj : jj;   // serpentine: the neighbour reuses an operand
      mma_bf16(acc[i][j], a[i][0], a[i][1], a[i][2], a[i][3], b[j / 2][(j & 1) * 2], b[j / 2][(j & 1) * 2 + 1]);
    }
}

template <int BM, int BN, int BK, int WARPS_M, int WARPS_N, int STAGES, int MIN_CTAS, bool SPLIT>
__global__ void __launch_bounds__(WARPS_M * WARPS_N * 32, MIN_CTAS)
    linear_tile(const bf16* x, const bf16* w, bf16* y, int M, int N, int K, int group, int splits, float* workspace,
                unsigned* arrivals) {
  using Tile = TileShape<BM, BN, BK, WARPS_M, WARPS_N, STAGES>;
  constexpr int kThreads = Tile::kThreads, MI = Tile::kWarpM / 16, NI = Tile::kWarpN / 8, KSTEPS = BK / 16;
  constexpr int kChunks = BK / 8, kPassRows = kThreads / kChunks, kPassesA = BM / kPassRows, kPassesB = BN / kPassRows;
  constexpr int kPassBytes = kPassRows * BK * 2, kFragmentBytes = 16 * BK * 2;
  unsigned char* shared = dynamic_shared();
  const uint32_t shared_a = shared_address(shared), shared_b = shared_a + STAGES * Tile::kStageA;
  const int tid = threadIdx.x, lane = tid & 31, warp = tid >> 5;
  const int warp_m = warp % WARPS_M, warp_n = warp / WARPS_M;

  // ---- which tile, which slice of K
  const int tiles_m = (M + BM - 1) / BM, tiles_n = (N + BN - 1) / BN;
  const int per_group = group * tiles_n, first_m = int(blockIdx.x) / per_group * group;
  const int rows_of_group = min(tiles_m - first_m, group), in_group = int(blockIdx.x) % per_group;
  const int tile_m = first_m + in_group % rows_of_group, tile_n = in_group / rows_of_group;
  const int k_tiles = (K + BK - 1) / BK;
  int k_begin = 0, count = k_tiles;
  if constexpr (SPLIT) {
    const int per_split = (k_tiles + splits - 1) / splits;
    k_begin = int(blockIdx.y) * per_split;
    count = max(0, min(k_tiles - k_begin, per_split));
  }

  // ---- copies: thread -> (row, chunk) of a pass of kPassRows rows
  const int copy_row = tid / kChunks, copy_chunk = tid % kChunks;
  const int swizzle_of_row = BK == 64 ? (copy_row & 7) : ((copy_row >> 1) & 3);
  const uint32_t copy_offset = copy_row * (BK * 2) + ((copy_chunk ^ swizzle_of_row) << 4);
  const uint32_t to_a = shared_a + copy_offset, to_b = shared_b + copy_offset;
  const bf16* from_a = x + size_t(tile_m * BM + copy_row) * K + copy_chunk * 8 + size_t(k_begin) * BK;
  const bf16* from_b = w + size_t(tile_n * BN + copy_row) * K + copy_chunk * 8 + size_t(k_begin) * BK;
  const size_t pass_stride = size_t(kPassRows) * K;
  const int k_left = K - k_begin * BK - copy_chunk * 8;        // > 0: this thread's chunk of tile 0 exists
  unsigned valid_a = 0, valid_b = 0;
#pragma unroll
  for (int p = 0; p < kPassesA; ++p) valid_a |= unsigned(tile_m * BM + copy_row + p * kPassRows < M) << p;
#pragma unroll
  for (int p = 0; p < kPassesB; ++p) valid_b |= unsigned(tile_n * BN + copy_row + p * kPassRows < N) << p;

  // ---- fragments
  // x: matrices (rows 0-7, k 0-7) (rows 8-15, k 0-7) (rows 0-7, k 8-15) (rows 8-15, k 8-15) = a0..a3 of one m16 tile.
  // W: (n 0-7, k 0-7) (n 0-7, k 8-15) (n 8-15, k 0-7) (n 8-15, k 8-15) = b0, b1 of two n8 tiles.
  const int row_a = warp_m * Tile::kWarpM + (lane & 15), half_a = lane >> 4;
  const int row_b = warp_n * Tile::kWarpN + (lane & 7) + ((lane >> 4) << 3), half_b = (lane >> 3) & 1;
  const uint32_t column_a = uint32_t(half_a ^ (BK == 64 ? (row_a & 7) : ((row_a >> 1) & 3))) << 4;
  const uint32_t column_b = uint32_t(half_b ^ (BK == 64 ? (row_b & 7) : ((row_b >> 1) & 3))) << 4;
  const uint32_t base_a = shared_a + row_a * (BK * 2), base_b = shared_b + row_b * (BK * 2);
  uint32_t a[2][MI][4], b[2][NI / 2][4];
  float acc[MI][NI][4] = {};

  // ---- pipeline
  launch_dependents();
#pragma unroll
  for (int s = 0; s < STAGES - 1; ++s)
    if (s < count)                        // W is constant: ask for it before the kernel ahead has finished
      copy_tile<kPassesB, kPassBytes>(to_b + s * Tile::kStageB, from_b + s * BK, pass_stride, valid_b, s * BK < k_left);
  dependency_wait();
#pragma unroll
  for (int s = 0; s < STAGES - 1; ++s) {
    if (s < count)
      copy_tile<kPassesA, kPassBytes>(to_a + s * Tile::kStageA, from_a + s * BK, pass_stride, valid_a, s * BK < k_left);
    copy_async_commit();
  }
  copy_async_wait<STAGES - 2>();
  __syncthreads();
  int read_slot = 0, write_slot = STAGES - 1;
  load_fragments<MI, kFragmentBytes>(a[0], base_a + column_a);
  load_fragments<NI / 2, kFragmentBytes>(b[0], base_b + column_b);
  for (int kt = 0; kt < count; ++kt) {
#pragma unroll
    for (int kk = 0; kk < KSTEPS; ++kk) {
      if (kk == KSTEPS - 1) {             // the next fragments come from the next tile
        copy_async_wait<STAGES - 2>();
        __syncthreads();
        read_slot = read_slot + 1 == STAGES ? 0 : read_slot + 1;
      }
      const uint32_t k_column = uint32_t((kk + 1) % KSTEPS) << 5;
      load_fragments<MI, kFragmentBytes>(a[(kk + 1) & 1], base_a + read_slot * Tile::kStageA + (column_a ^ k_column));
      load_fragments<NI / 2, kFragmentBytes>(b[(kk + 1) & 1], base_b + read_slot * Tile::kStageB + (column_b ^ k_column));
      if (kk == 0) {                      // the slot of tile kt-1: its last reads lie before the barrier of kt-1
        const int next = kt + STAGES - 1;
        if (next < count) {
          const bool inside = next * BK < k_left;
          copy_tile<kPassesA, kPassBytes>(to_a + write_slot * Tile::kStageA, from_a + next * BK, pass_stride, valid_a, inside);
          copy_tile<kPassesB, kPassBytes>(to_b + write_slot * Tile::kStageB, from_b + next * BK, pass_stride, valid_b, inside);
        }
        copy_async_commit();
        write_slot = write_slot + 1 == STAGES ? 0 : write_slot + 1;
      }
      multiply_fragments<MI, NI>(acc, a[kk & 1], b[kk & 1]);
    }
  }
  copy_async_wait<0>();
  __syncthreads();

  // ---- split K: partials out, the last CTA of a tile sums them
  if constexpr (SPLIT) {
    if (splits > 1) {
      constexpr int kWords = MI * NI;     // float4 a thread
      const int tile = tile_n * tiles_m + tile_m;
      float4* parts = reinterpret_cast<float4*>(workspace) + size_t(tile) * splits * kWords * kThreads + tid;
      float4* mine = parts + size_t(blockIdx.y) * kWords * kThreads;
#pragma unroll
      for (int i = 0; i < kWords; ++i) {
        const float(&d)[4] = acc[i / NI][i % NI];
        mine[i * kThreads] = make_float4(d[0], d[1], d[2], d[3]);
      }
      unsigned* last = reinterpret_cast<unsigned*>(shared);
      __threadfence();
      __syncthreads();
      if (tid == 0) {
        *last = atomicAdd(arrivals + tile, 1u) == unsigned(splits - 1);
        __threadfence();
      }
      __syncthreads();
      if (!*last) return;
      if (tid == 0) arrivals[tile] = 0;
      __syncthreads();                    // `last` lies where outputs are staged below
#pragma unroll
      for (int i = 0; i < kWords; ++i) {
        float(&d)[4] = acc[i / NI][i % NI];
        d[0] = d[1] = d[2] = d[3] = 0;
      }
      for (int s = 0; s < splits; ++s)
#pragma unroll
        for (int i = 0; i < kWords; ++i) {
          const float4 v = __ldcg(parts + (size_t(s) * kWords + i) * kThreads);
          float(&d)[4] = acc[i / NI][i % NI];
          d[0] += v.x, d[1] += v.y, d[2] += v.z, d[3] += v.w;
        }
    }
  }

  // ---- outputs: through shared memory, so that a warp stores whole 16-byte pieces of consecutive columns
  unsigned char* staged = shared + warp * Tile::kWarpM * Tile::kOutPitch;
  const int g = lane >> 2, t = lane & 3;
#pragma unroll
  for (int i = 0; i < MI; ++i)
#pragma unroll
    for (int j = 0; j < NI; ++j)
#pragma unroll
      for (int h = 0; h < 2; ++h)
        *reinterpret_cast<uint32_t*>(staged + (i * 16 + h * 8 + g) * Tile::kOutPitch + j * 16 + t * 4) =
            pack_bf16(acc[i][j][2 * h], acc[i][j][2 * h + 1]);
  __syncwarp();
  constexpr int kPieces = Tile::kWarpN / 8;   // 16-byte pieces of a row
  const int row0 = tile_m * BM + warp_m * Tile::kWarpM, column0 = tile_n * BN + warp_n * Tile::kWarpN;
  for (int e = lane; e < Tile::kWarpM * kPieces; e += 32) {
    const int r = e / kPieces, c = e % kPieces, row = row0 + r, column = column0 + c * 8;
    if (row >= M || column >= N) continue;
    const unsigned char* piece = staged + r * Tile::kOutPitch + c * 16;
    bf16* to = y + size_t(row) * N + column;
    if ((N & 7) == 0)
      store16<kDefault>(to, *reinterpret_cast<const uint4*>(piece));
    else
      for (int i = 0; i < min(8, N - column); ++i) to[i] = reinterpret_cast<const bf16*>(piece)[i];
  }
}

}  // namespace twins
