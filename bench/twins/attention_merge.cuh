// Tree-decode attention (attention_decode.cuh): merging the partials (m, l, O) of an item that several CTAs share.
//
// o = sum_i 2^(m_i - M) O_i / sum_i 2^(m_i - M) l_i, M = max m_i, pieces in order: the same bits every time. A piece is (D + 2) floats
// a column; one sequence of 12/2 heads cut into 66 pieces a head leaves 66 x 36 x 520 bytes = 1.2 MB in L2. `merge_item` reads an item's
// share of that through one multiprocessor (64 bytes a clock at best: 5 us), `merge_partials` gives every column a CTA (one latency,
// but a kernel more). So: one or few sequences, many pieces: the second kernel; many sequences, few pieces: here.
#pragma once
#include "attention_work.cuh"

namespace twins {

// One column's output: where row and head of column `column` of KV head h lie in o (and in q).
__device__ __forceinline__ size_t column_offset(const DecodeArguments& a, int sequence, int kv_head, int column, int D) {
  const int group = a.heads / a.kv_heads;
  return ((size_t(sequence) * a.rows + column / group) * a.heads + kv_head * group + column % group) * D;
}

// A running merge: pieces are taken eight at a time, all their loads in flight together.
struct MergeSum { float m, l, v[4]; };

// Pieces first, first + step, ... (eight of them) of 4 d of a column; `row` is the column's row in a slot.
template <int D, int COLUMNS, int UNITS>
__device__ __forceinline__ void add_pieces(const DecodeArguments& a, Pieces p, int first, int step, const int (&column)[UNITS], const int (&d)[UNITS],
                                           MergeSum (&sum)[UNITS]) {
  float4 v[UNITS][8];
  float2 ml[UNITS][8];
#pragma unroll
  for (int k = 0; k < UNITS; ++k)
#pragma unroll
    for (int u = 0; u < 8; ++u) {
      const int at = first + u * step;
      v[k][u] = make_float4(0, 0, 0, 0);
      ml[k][u] = float2{-1e30f, 0};
      if (at < p.count) {
        const size_t row = size_t(p.slot(at)) * COLUMNS + column[k];
        ml[k][u] = __ldcg(a.partial_ml + row);
        v[k][u] = __ldcg(reinterpret_cast<const float4*>(a.partial_o + row * D + d[k]));
      }
    }
#pragma unroll
  for (int k = 0; k < UNITS; ++k) {
    float next = sum[k].m;
#pragma unroll
    for (int u = 0; u < 8; ++u) next = fmaxf(next, ml[k][u].x);
    float w = fast_exp2(sum[k].m - next);
    sum[k].m = next;
    sum[k].l *= w;
#pragma unroll
    for (int e = 0; e < 4; ++e) sum[k].v[e] *= w;
#pragma unroll
    for (int u = 0; u < 8; ++u) {
      w = fast_exp2(ml[k][u].x - next);
      sum[k].l += w * ml[k][u].y;
      sum[k].v[0] += w * v[k][u].x, sum[k].v[1] += w * v[k][u].y, sum[k].v[2] += w * v[k][u].z, sum[k].v[3] += w * v[k][u].w;
    }
  }
}

// Merge in the last CTA of an item: a thread sums 4 d of a column over the pieces, UNITS such at a time; no barrier. With up to eight
// pieces that is one round of loads; from dozens of pieces on the second kernel is faster.
template <int D, int COLUMNS>
__device__ __forceinline__ void merge_item(const DecodeArguments& a, Pieces p, int sequence, int kv_head, int first_column) {
  constexpr int UNITS = 2;
  const int columns = min(COLUMNS, a.rows * (a.heads / a.kv_heads) - first_column), units = columns * (D / 4);
  for (int e = threadIdx.x; e < units; e += UNITS * int(blockDim.x)) {
    int column[UNITS], d[UNITS];
    MergeSum sum[UNITS];
#pragma unroll
    for (int k = 0; k < UNITS; ++k) {
      const int unit = min(e + k * int(blockDim.x), units - 1);
      column[k] = unit / (D / 4), d[k] = unit % (D / 4) * 4;
      sum[k] = MergeSum{-1e30f, 0, {0, 0, 0, 0}};
    }
    for (int i = 0; i < p.count; i += 8) add_pieces<D, COLUMNS, UNITS>(a, p, i, 1, column, d, sum);
#pragma unroll
    for (int k = 0; k < UNITS; ++k) {
      if (e + k * int(blockDim.x) >= units) continue;
      const float scale = 1.0f / sum[k].l;
      uint32_t* o = reinterpret_cast<uint32_t*>(a.o + column_offset(a, sequence, kv_head, first_column + column[k], D) + d[k]);
      o[0] = pack_bf16(sum[k].v[0] * scale, sum[k].v[1] * scale);
      o[1] = pack_bf16(sum[k].v[2] * scale, sum[k].v[3] * scale);
    }
  }
}

// Merge as a second kernel: a CTA a column, THREADS / (D/4) groups of threads take the pieces in turn. `producers`: the grid of the first.
template <int D, int NT, int KEYS, int THREADS>
__global__ void __launch_bounds__(THREADS) merge_partials(DecodeArguments a, int producers) {
  constexpr int kLanes = D / 4, kGroups = THREADS / kLanes, kColumns = NT * 8;
  static_assert(THREADS % 32 == 0 && THREADS >= D / 2, "whole warps");
  const int group = a.heads / a.kv_heads, all_columns = a.rows * group;
  const int blocks = (all_columns + kColumns - 1) / kColumns, items = a.kv_heads * blocks;
  const int column = int(blockIdx.x) % all_columns, kv_head = int(blockIdx.x) / all_columns % a.kv_heads;
  const int sequence = int(blockIdx.x) / all_columns / a.kv_heads, lane = threadIdx.x & 31;
  launch_dependents();
  int before = 0, total = 0, tiles = 0;
  for (int first = 0; first < a.sequences; first += 32) {
    const int mine = first + lane < a.sequences ? tiles_of(a.lengths[first + lane], a.rows, KEYS) : 0;
    const int upto = total + warp_scan(mine * items);
    if (sequence >= first && sequence < first + 32) {
      tiles = warp_shuffle(mine, sequence - first);
      before = warp_shuffle(upto, sequence - first) - tiles * items;
    }
    total = warp_shuffle(upto, 31);
  }
  dependency_wait();
  const int share = max(a.least_tiles, (total + producers - 1) / producers);
  const Pieces p = pieces_of(before + (kv_head * blocks + column / kColumns) * tiles, tiles, share);
  if (tiles == 0 || p.count == 1) return;          // nothing there, or written whole

  const int mine = int(threadIdx.x) / kLanes;
  const int columns[1] = {column % kColumns}, d[1] = {int(threadIdx.x) % kLanes * 4};
  MergeSum sum[1] = {{-1e30f, 0, {0, 0, 0, 0}}};
  if (mine < kGroups)
    for (int i = mine; i < p.count; i += 8 * kGroups) add_pieces<D, kColumns, 1>(a, p, i, kGroups, columns, d, sum);
  float* all = reinterpret_cast<float*>(dynamic_shared());     // [group][D sums, m, l, two spare]
  float* own = all + mine * (D + 4);
  if (mine < kGroups) {
#pragma unroll
    for (int j = 0; j < 4; ++j) own[d[0] + j] = sum[0].v[j];
    if (d[0] == 0) own[D] = sum[0].m, own[D + 1] = sum[0].l;
  }
  __syncthreads();
  const int e = threadIdx.x;
  if (e < D / 2) {
    float top = -1e30f, low = 0, high = 0, weight = 0;
#pragma unroll
    for (int i = 0; i < kGroups; ++i) top = fmaxf(top, all[i * (D + 4) + D]);
#pragma unroll
    for (int i = 0; i < kGroups; ++i) {
      const float* from = all + i * (D + 4);
      const float w = fast_exp2(from[D] - top);
      weight += w * from[D + 1];
      low += w * from[2 * e];
      high += w * from[2 * e + 1];
    }
    reinterpret_cast<uint32_t*>(a.o + column_offset(a, sequence, kv_head, column, D))[e] = pack_bf16(low / weight, high / weight);
  }
}

}  // namespace twins
