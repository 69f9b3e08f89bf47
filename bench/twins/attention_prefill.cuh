// Causal prefill attention: a chunk of n new rows of every sequence against the cache, which already holds the chunk's K and V.
//
// q [B, n, Hq, D], k and v in the cache [B, Hkv, Tmax, D], o [B, n, Hq, D], bf16; row r of sequence b stands at position
// offsets[b] + r and sees the keys up to its own: o = sum_{j <= offset + r} softmax_j(scale q.k_j) v_j.
//
// Operations: 4 D Hq sum_r (offset + r + 1). 12 heads of 128: 0.8 GFLOP at n = 512, 12.9 at 2048, 206 at 8192. mma.sync gives about 630 TFLOP/s
// on this chip (registers only): 1.3, 20 and 330 us. Bytes are few (2 MB at 2048) and L2 serves them; the bounds are the tensor
// cores, shared memory (128 bytes a clock) and the exponentials (16 a clock, 8192 a tile of 128 x 64: 512 of its 1535 clocks).
//
// FlashAttention-2. A CTA owns BM rows of one head, keeps O in registers and walks the keys BN at a time; scores never leave
// registers: the accumulator layout of S = Q K^T is operand A's layout of P V. A warp owns BM/WARPS rows: with 32 every K and V
// fragment read from shared memory serves two mma (256 mma for 40 KB: 384 clocks of tensor cores, 320 of shared memory); with
// 16 rows shared memory is the bound (192 against 256), but small n gets twice the CTAs.
// K and V of the next tile travel by cp.async while this one is worked on; one barrier a tile. Two CTAs a multiprocessor, so that
// one's exponentials overlap the other's products. The maximum moves only when a score exceeds it by 8 (in log2): mostly it does not,
// and then there is no shuffle and no rescaling of O. Masks are applied on the diagonal tiles only; a warp skips what it cannot see.
// Long rows first: CTAs of the last row block start first (blockIdx.y descending), heads that share K and V run side by side.
#pragma once
#include "attention_ptx.cuh"

namespace twins {

struct PrefillArguments {
  const bf16 *q, *k, *v;
  bf16* o;
  const int* offsets;                   // [B] keys before the chunk
  int rows, heads, kv_heads;
  long long kv_sequence, kv_head;       // strides of the cache in elements; a token is D elements
  float scale_log2;
};

template <int D, int BM, int BN>
struct PrefillShape {
  static constexpr int kPitch = D * 2, kQ = BM * kPitch, kTile = BN * kPitch, kSharedBytes = kQ + 4 * kTile;
  static_assert(D == 64 || D == 128, "rows of 128 or 256 bytes: chunk c of row r lies at c ^ (r mod 8)");
};

// ROWS rows of D from global memory; rows past `valid` are zero.
template <int D, int ROWS, int THREADS>
__device__ __forceinline__ void copy_block(uint32_t to, const bf16* from, long long row_stride, int valid) {
  constexpr int kChunks = D / 8, kPass = THREADS / kChunks;
  static_assert(kPass % 8 == 0 && ROWS % kPass == 0, "whole passes, the same swizzle in each");
  const int row = int(threadIdx.x) / kChunks, chunk = int(threadIdx.x) % kChunks;
  to += row * (D * 2) + ((chunk ^ (row & 7)) << 4);
  const bf16* at = from + row * row_stride + chunk * 8;
#pragma unroll
  for (int i = 0; i < ROWS / kPass; ++i) {
    const bool inside = row + i * kPass < valid;
    copy_async16(to + i * kPass * D * 2, inside ? at + i * kPass * row_stride : from, inside);
  }
}

template <int D, int BM, int BN, int WARPS, int MIN_CTAS, bool QREG>
__global__ void __launch_bounds__(WARPS * 32, MIN_CTAS) prefill_attention(PrefillArguments a) {
  using Shape = PrefillShape<D, BM, BN>;
  constexpr int kThreads = WARPS * 32, kRows = BM / WARPS, MI = kRows / 16, NS = BN / 8, ND = D / 8, KD = D / 16;
  const uint32_t shared_q = shared_address(dynamic_shared()), ring = shared_q + Shape::kQ;   // [stage][K, V]
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
  const int head = int(blockIdx.x) % a.heads, sequence = int(blockIdx.x) / a.heads;
  const int first_row = (int(gridDim.y) - 1 - int(blockIdx.y)) * BM;
  launch_dependents();
  dependency_wait();
  const int offset = a.offsets[sequence], end = offset + min(first_row + BM, a.rows);   // keys the block's last row sees
  const int tiles = (end + BN - 1) / BN;
  const size_t kv = sequence * a.kv_sequence + head / (a.heads / a.kv_heads) * a.kv_head, row_stride = size_t(a.heads) * D;
  const size_t rows_at = (size_t(sequence) * a.rows + first_row) * row_stride + size_t(head) * D;

  auto issue = [&](int tile) {
    const uint32_t to = ring + (tile & 1) * 2 * Shape::kTile;
    const size_t from = kv + size_t(tile) * BN * D;
    copy_block<D, BN, kThreads>(to, a.k + from, D, end - tile * BN);
    copy_block<D, BN, kThreads>(to + Shape::kTile, a.v + from, D, end - tile * BN);
    copy_async_commit();
  };
  copy_block<D, BM, kThreads>(shared_q, a.q + rows_at, (long long)row_stride, a.rows - first_row);
  issue(0);

  // ---- fragments
  // Q, operand A: (rows 0-7, d 0-7) (rows 8-15, d 0-7) (rows 0-7, d 8-15) (rows 8-15, d 8-15).
  // K, operand B: (keys 0-7, d 0-7) (keys 0-7, d 8-15) (keys 8-15, d 0-7) (keys 8-15, d 8-15): two column tiles.
  // V, operand B, transposed: (keys 0-7, d 0-7) (keys 8-15, d 0-7) (keys 0-7, d 8-15) (keys 8-15, d 8-15): two column tiles.
  // A lane's row is lane mod 8 modulo 8 everywhere, so that the swizzle is one XOR with a constant for each step.
  const uint32_t q_at = shared_q + (warp * kRows + (lane & 15)) * Shape::kPitch, q_column = ((lane >> 4) ^ (lane & 7)) << 4;
  const uint32_t k_row = ((lane & 7) + ((lane >> 4) << 3)) * Shape::kPitch, k_column = (((lane >> 3) & 1) ^ (lane & 7)) << 4;
  const uint32_t v_row = Shape::kTile + (lane & 15) * Shape::kPitch, v_column = q_column;
  float out[MI][ND][4] = {}, m[MI][2], l[MI][2];
#pragma unroll
  for (int i = 0; i < MI; ++i) m[i][0] = m[i][1] = -1e30f, l[i][0] = l[i][1] = 0;
  uint32_t q[QREG ? MI : 1][QREG ? KD : 1][4];
  const int first_position = offset + first_row + warp * kRows;      // of this warp's rows

  for (int tile = 0; tile < tiles; ++tile) {
    copy_async_wait<0>();
    __syncthreads();
    if (tile + 1 < tiles) issue(tile + 1);
    if (QREG && tile == 0) {
#pragma unroll
      for (int i = 0; i < MI; ++i)
#pragma unroll
        for (int kk = 0; kk < KD; ++kk) load_matrix_x4(q[QREG ? i : 0][QREG ? kk : 0], q_at + i * 16 * Shape::kPitch + (q_column ^ (kk << 5)));
    }
    const int key0 = tile * BN;
    if (key0 > first_position + kRows - 1) continue;                 // nothing this warp may see
    const uint32_t slot = ring + (tile & 1) * 2 * Shape::kTile;

    // ---- S = Q K^T
    float s[MI][NS][4] = {};
#pragma unroll
    for (int kk = 0; kk < KD; ++kk) {
      uint32_t qs[MI][4];
      if constexpr (!QREG)
#pragma unroll
        for (int i = 0; i < MI; ++i) load_matrix_x4(qs[i], q_at + i * 16 * Shape::kPitch + (q_column ^ (kk << 5)));
#pragma unroll
      for (int jp = 0; jp < NS / 2; ++jp) {
        uint32_t ks[4];
        load_matrix_x4(ks, slot + jp * 16 * Shape::kPitch + k_row + (k_column ^ (kk << 5)));
#pragma unroll
        for (int i = 0; i < MI; ++i) {
          const uint32_t(&qf)[4] = QREG ? q[QREG ? i : 0][QREG ? kk : 0] : qs[i];
          mma_bf16(s[i][2 * jp], qf[0], qf[1], qf[2], qf[3], ks[0], ks[1]);
          mma_bf16(s[i][2 * jp + 1], qf[0], qf[1], qf[2], qf[3], ks[2], ks[3]);
        }
      }
    }
    // ---- the diagonal
    if (key0 + BN - 1 > first_position) {
#pragma unroll
      for (int i = 0; i < MI; ++i)
#pragma unroll
        for (int j = 0; j < NS; ++j)
#pragma unroll
          for (int e = 0; e < 4; ++e)
            if (key0 + j * 8 + 2 * t + (e & 1) > first_position + i * 16 + g + (e >> 1) * 8) s[i][j][e] = -1e30f;
    }
    // ---- softmax: P replaces S
    float top[MI][2];
    bool higher = false;
#pragma unroll
    for (int i = 0; i < MI; ++i)
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        top[i][h] = s[i][0][2 * h];
#pragma unroll
        for (int j = 0; j < NS; ++j) top[i][h] = fmaxf(top[i][h], fmaxf(s[i][j][2 * h], s[i][j][2 * h + 1]));
        top[i][h] *= a.scale_log2;
        higher |= top[i][h] > m[i][h] + 8.0f;
      }
    if (warp_ballot(higher) != 0) {
#pragma unroll
      for (int i = 0; i < MI; ++i)
#pragma unroll
        for (int h = 0; h < 2; ++h) {
          float next = fmaxf(top[i][h], __shfl_xor_sync(0xffffffffu, top[i][h], 1));
          next = fmaxf(m[i][h], fmaxf(next, __shfl_xor_sync(0xffffffffu, next, 2)));
          const float shrink = fast_exp2(m[i][h] - next);
          m[i][h] = next;
          l[i][h] *= shrink;
#pragma unroll
          for (int j = 0; j < ND; ++j) out[i][j][2 * h] *= shrink, out[i][j][2 * h + 1] *= shrink;
        }
    }
#pragma unroll
    for (int i = 0; i < MI; ++i)
#pragma unroll
      for (int j = 0; j < NS; ++j)
#pragma unroll
        for (int e = 0; e < 4; ++e) {
          s[i][j][e] = fast_exp2(fmaf(s[i][j][e], a.scale_log2, -m[i][e >> 1]));
          l[i][e >> 1] += s[i][j][e];
        }
    // ---- O += P V
#pragma unroll
    for (int kk = 0; kk < BN / 16; ++kk) {
      uint32_t p[MI][4];
#pragma unroll
      for (int i = 0; i < MI; ++i) {
        p[i][0] = pack_bf16(s[i][2 * kk][0], s[i][2 * kk][1]);
        p[i][1] = pack_bf16(s[i][2 * kk][2], s[i][2 * kk][3]);
        p[i][2] = pack_bf16(s[i][2 * kk + 1][0], s[i][2 * kk + 1][1]);
        p[i][3] = pack_bf16(s[i][2 * kk + 1][2], s[i][2 * kk + 1][3]);
      }
#pragma unroll
      for (int jp = 0; jp < ND / 2; ++jp) {
        uint32_t vs[4];
        load_matrix_x4_transposed(vs, slot + kk * 16 * Shape::kPitch + v_row + (v_column ^ (jp << 5)));
#pragma unroll
        for (int i = 0; i < MI; ++i) {
          mma_bf16(out[i][2 * jp], p[i][0], p[i][1], p[i][2], p[i][3], vs[0], vs[1]);
          mma_bf16(out[i][2 * jp + 1], p[i][0], p[i][1], p[i][2], p[i][3], vs[2], vs[3]);
        }
      }
    }
  }

  // ---- O / l, through this warp's own part of Q's place, out in 16-byte pieces
  __syncwarp();
  const uint32_t staged = shared_q + warp * kRows * Shape::kPitch;
#pragma unroll
  for (int i = 0; i < MI; ++i)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      float sum = l[i][h] + __shfl_xor_sync(0xffffffffu, l[i][h], 1);
      sum += __shfl_xor_sync(0xffffffffu, sum, 2);
      const float inverse = 1.0f / sum;
      const uint32_t to = staged + (i * 16 + h * 8 + g) * Shape::kPitch + t * 4;
#pragma unroll
      for (int j = 0; j < ND; ++j)
        store_shared4(to + ((j ^ g) << 4), pack_bf16(out[i][j][2 * h] * inverse, out[i][j][2 * h + 1] * inverse));
    }
  __syncwarp();
  constexpr int kChunks = D / 8;
#pragma unroll
  for (int i = 0; i < kRows * kChunks / 32; ++i) {
    const int row = (lane + 32 * i) / kChunks, chunk = lane % kChunks, at = first_row + warp * kRows + row;
    const uint4 word = load_shared16(staged + row * Shape::kPitch + ((chunk ^ (row & 7)) << 4));
    if (at < a.rows) store16<kDefault>(a.o + rows_at + size_t(warp * kRows + row) * row_stride + chunk * 8, word);
  }
}

}  // namespace twins
