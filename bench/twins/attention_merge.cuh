// Tree-decode attention (attention_decode.cuh): merging the partials (m, l, O) of an item that several CTAs share.
//
// o = sum_i 2^(m_i - M) O_i / sum_i 2^(m_i - M) l_i, M = max m_i, pieces in order: the same bits every time. A piece is (D + 2) floats
// a column; one sequence of 12/2 heads cut into 66 pieces a head leaves 66 x 36 x 520 bytes = 1.2 MB in L2. `merge_item` reads an item's
// share of that through one multiprocessor (64 bytes a clock at best: 5 us), `merge_partials` gives every column a CTA (one latency).
#pragma once
#include "attention_work.cuh"

namespace twins {

// One column's output: where row and head of column `column` of KV head h lie in o (and in q).
__device__ __forceinline__ size_t column_offset(const DecodeArguments& a, int sequence, int kv_head, int column, int D) {
  const int group = a.heads / a.kv_heads;
  return ((size_t(sequence) * a.rows + column / group) * a.heads + kv_head * group + column % group) * D;
}

// Merge in the last CTA of an item: weights in shared memory first, then every thread sums 4 d of a column over the pieces.
template <int D, int COLUMNS>
__device__ __forceinline__ void merge_item(const DecodeArguments& a, Pieces p, int sequence, int kv_head, int first_column, float2* ml) {
  const int columns = min(COLUMNS, a.rows * (a.heads / a.kv_heads) - first_column), lane = threadIdx.x & 31;
  for (int e = threadIdx.x; e < p.count * columns; e += blockDim.x)
    ml[e] = __ldcg(a.partial_ml + p.slot(e / columns) * COLUMNS + e % columns);
  __syncthreads();
  for (int c = threadIdx.x >> 5; c < columns; c += blockDim.x >> 5) {
    float m = -1e30f, l = 0;
    for (int i = lane; i < p.count; i += 32) m = fmaxf(m, ml[i * columns + c].x);
    m = warp_max(m);
    for (int i = lane; i < p.count; i += 32) l += ml[i * columns + c].y * fast_exp2(ml[i * columns + c].x - m);
    l = 1.0f / warp_sum(l);
    for (int i = lane; i < p.count; i += 32) ml[i * columns + c].x = fast_exp2(ml[i * columns + c].x - m) * l;
  }
  __syncthreads();
  for (int e = threadIdx.x; e < columns * (D / 4); e += blockDim.x) {
    const int c = e / (D / 4), d = e % (D / 4) * 4;
    float sum[4] = {};
    for (int i = 0; i < p.count; i += 8) {
      float4 v[8];
#pragma unroll
      for (int u = 0; u < 8; ++u) {
        v[u] = make_float4(0, 0, 0, 0);
        if (i + u < p.count) v[u] = __ldcg(reinterpret_cast<const float4*>(a.partial_o + (size_t(p.slot(i + u)) * COLUMNS + c) * D + d));
      }
#pragma unroll
      for (int u = 0; u < 8; ++u) {
        const float w = i + u < p.count ? ml[(i + u) * columns + c].x : 0.0f;
        sum[0] += w * v[u].x, sum[1] += w * v[u].y, sum[2] += w * v[u].z, sum[3] += w * v[u].w;
      }
    }
    uint32_t* o = reinterpret_cast<uint32_t*>(a.o + column_offset(a, sequence, kv_head, first_column + c, D) + d);
    o[0] = pack_bf16(sum[0], sum[1]);
    o[1] = pack_bf16(sum[2], sum[3]);
  }
  __syncthreads();
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

  const int mine = int(threadIdx.x) / kLanes, d = int(threadIdx.x) % kLanes * 4;
  float m = -1e30f, l = 0, sum[4] = {};
  if (mine < kGroups)
    for (int i = mine; i < p.count; i += 8 * kGroups) {
      float4 v[8];
      float2 ml[8];
#pragma unroll
      for (int u = 0; u < 8; ++u) {
        const int at = i + u * kGroups;
        v[u] = make_float4(0, 0, 0, 0);
        ml[u] = float2{-1e30f, 0};
        if (at < p.count) {
          const size_t row = size_t(p.slot(at)) * kColumns + column % kColumns;
          ml[u] = __ldcg(a.partial_ml + row);
          v[u] = __ldcg(reinterpret_cast<const float4*>(a.partial_o + row * D + d));
        }
      }
      float next = m;
#pragma unroll
      for (int u = 0; u < 8; ++u) next = fmaxf(next, ml[u].x);
      float w = fast_exp2(m - next);
      l *= w;
#pragma unroll
      for (int j = 0; j < 4; ++j) sum[j] *= w;
#pragma unroll
      for (int u = 0; u < 8; ++u) {
        w = fast_exp2(ml[u].x - next);
        l += w * ml[u].y;
        sum[0] += w * v[u].x, sum[1] += w * v[u].y, sum[2] += w * v[u].z, sum[3] += w * v[u].w;
      }
      m = next;
    }
  float* all = reinterpret_cast<float*>(dynamic_shared());     // [group][d of 4 .. ][m, l] with one spare chunk for m and l
  float* own = all + mine * (D + 4);
  if (mine < kGroups) {
#pragma unroll
    for (int j = 0; j < 4; ++j) own[d + j] = sum[j];
    if (d == 0) own[D] = m, own[D + 1] = l;
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
