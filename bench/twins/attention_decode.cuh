// Tree-decode attention: a few new rows of every sequence against a long key-value cache.
//
// q [B, n, Hq, D], k and v in a cache [B, Hkv, Tmax, D] (head-major: a head's keys are one contiguous stream of 2 D bytes a
// token), o [B, n, Hq, D], all bf16. Sequence b has lengths[b] prefix tokens (read from device memory; negative: no such sequence);
// its n tree rows have their K and V in the slots right behind, lengths[b] + j. Row r sees the whole prefix and those tree slots j
// whose bit is set in ancestors[b][r] (its ancestors and itself):
//     o[b,r,h] = sum_j softmax_j(scale q.k_j) v_j.
//
// What bounds it. Every K and V element is read once and used for n G columns (G = Hq/Hkv query heads share a KV head):
//     bytes = 4 Hkv D sum_b (lengths[b] + n)          12/2 heads of 128: 1 KB a token, 28/4: 2 KB
//     12/2 at 3.07 TB/s: one sequence of 8192: 2.7 us, 32768: 10.9 us; 64 of 8192: 175 us.
// Operations: 4 n G a K/V pair of elements; at n G = 54 (9 rows, 12/2) 54 operations a byte, a quarter of what mma.sync has
// for a byte. So: read each byte once, keep 64 to 128 KB a multiprocessor in flight, and keep everything else short.
//
// Orientation. S^T = K Q^T and O^T = V^T P^T: keys (and d) are the 16-row side of mma.m16n8k16, the n G columns are its 8-column
// side, so 18 columns pad to 24, not to 32, and 6 to 8, not to 16.
//   K (operand A, row = key): lane (g, t) needs row g; d is summed over, so d may be permuted if Q is permuted alike: the lane reads
//     16 bytes K[g][32c + 8t ..] from shared memory for two mma, and Q[column g][32c + 8t ..] straight from global memory.
//   V^T (operand A, row = d): ldmatrix.trans from the row-major tile. P^T (operand B): ldmatrix.trans from a small [key][column] tile.
// Division of labour in a CTA of WARPS warps, tile of 16 WARPS keys: warp w computes S^T for its own 16 keys, all columns;
// P^T goes through shared memory; warp w then owns D/WARPS of the rows of O^T over all keys of the tile. So O is never summed
// over warps, and its accumulators are 4 NT D/(16 WARPS) registers however many columns there are (up to 64; more: column blocks).
// Two barriers a tile: the first (a vote) says whether the running maximum must move, the second publishes P and V.
// Lazy maximum. Any m in p = exp2(s - m) is exact as long as nothing overflows; m moves only when some score exceeds it by 8
// (p <= 256). After the first tile that is rare: no shuffles, no rescaling of O.
//
// Work. All (sequence, KV head, column block) items, each ceil((length + n) / tile) tiles long, are laid end to end; CTA c takes
// tiles [c s, c s + s), s = max(least, ceil(total / CTAs)). Each CTA computes its own part from lengths (a warp scan), so a captured
// graph serves any lengths, ragged batches are balanced to one tile, and short contexts use few CTAs. An item inside one
// CTA is written at once; an item cut into pieces leaves (m, l, O) partials in float32, merged in piece order (bit-reproducible)
// by the CTA that arrives last, or by a second kernel that gives every column a CTA.
//
// Pipeline. STAGES tiles of K and of V rotate through shared memory by cp.async; the load cursor runs STAGES - 1 tiles ahead,
// across item boundaries. Under programmatic dependent launch the prefix tiles are asked for before the previous kernel has
// ended: lengths and prefix come from earlier steps; Q and the tree slots are touched after griddepcontrol.wait only.
#pragma once
#include "attention_merge.cuh"

namespace twins {

template <int D, int NT, int WARPS, int STAGES, bool QREG>
struct DecodeShape {
  static constexpr int kThreads = WARPS * 32, kKeys = WARPS * 16, kColumns = NT * 8;
  static constexpr int kGroups = (D + 31) / 32, kChunks = kGroups * 4;        // 16-byte chunks of a stored row
  static constexpr bool kSwizzled = kChunks % 8 == 0 && (kChunks & (kChunks - 1)) == 0;
  static constexpr int kPitch = kSwizzled ? kChunks * 16 : (kChunks | 1) * 16;  // else odd in chunks: eight rows, eight bank groups
  static constexpr int kTile = kKeys * kPitch;
  // P takes the place of its keys in K's tile, which no one reads any more and which is refilled only a tile later.
  static constexpr int kPitchP = (NT | 1) * 16;
  static constexpr bool kPInK = kPitchP <= kPitch;
  static constexpr int kWarpP = 16 * (kPInK ? kPitch : kPitchP);               // from one warp's keys to the next's
  static constexpr int kTilesD = D / 16, kTilesOfWarp = (kTilesD + WARPS - 1) / WARPS;
  static constexpr int kOffsetV = STAGES * kTile, kOffsetP = 2 * STAGES * kTile, kOffsetQ = kOffsetP + (kPInK ? 0 : WARPS * kWarpP);
  static constexpr int kOffsetMax = kOffsetQ + (QREG ? 0 : kGroups * NT * 512);
  static constexpr int kSharedBytes = kOffsetMax + WARPS * kColumns * 4;
  static_assert(D % 16 == 0 && STAGES >= 2, "whole d tiles, at least two stages");
};

// Where chunk `chunk` of row `row` lies in a tile. K is read as (rows 2p, 2p+1) x (4 chunks), V as (8 rows) x (1 chunk): in both
// patterns eight lanes must meet eight different bank groups.
template <class Shape, bool IS_V>
__device__ __forceinline__ uint32_t chunk_offset(int row, int chunk) {
  if constexpr (!Shape::kSwizzled) return uint32_t(row * Shape::kPitch + chunk * 16);
  const int swizzle = IS_V ? (row & 7) : (((row & 1) << 2) | ((row >> 1) & 3));
  return uint32_t(row * Shape::kPitch + ((chunk ^ swizzle) << 4));
}

// A warp's 16 rows of a tile of K or V: lane -> chunk lane + 32 i of the 16 rows. Keys past the end and d past D are zero.
template <class Shape, int D, bool IS_V>
__device__ __forceinline__ void copy_rows(uint32_t tile, const bf16* head, int first_key, int end, int token) {
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
#pragma unroll
  for (int i = 0; i < Shape::kChunks / 2; ++i) {
    const int e = lane + 32 * i, row = warp * 16 + e / Shape::kChunks, chunk = e % Shape::kChunks, key = first_key + row;
    const bool valid = key < end && chunk * 8 < D;
    copy_async16(tile + chunk_offset<Shape, IS_V>(row, chunk), valid ? head + (long long)key * token + chunk * 8 : head, valid);
  }
}

template <int D, int NT, int WARPS, int STAGES, int MIN_CTAS, bool QREG>
__global__ void __launch_bounds__(WARPS * 32, MIN_CTAS) tree_attention(DecodeArguments a) {
  using Shape = DecodeShape<D, NT, WARPS, STAGES, QREG>;
  constexpr int kKeys = Shape::kKeys, kColumns = Shape::kColumns, C = Shape::kGroups, DT = Shape::kTilesOfWarp;
  const uint32_t shared = shared_address(dynamic_shared());
  const uint32_t ring_k = shared, ring_v = shared + Shape::kOffsetV, tile_p = shared + Shape::kOffsetP;
  const uint32_t q_shared = shared + Shape::kOffsetQ, maxima = shared + Shape::kOffsetMax;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, g = lane >> 2, t = lane & 3;
  const int group = a.heads / a.kv_heads, all_columns = a.rows * group;
  const int blocks = (all_columns + kColumns - 1) / kColumns, items = a.kv_heads * blocks;

  // ---- this CTA's tiles
  launch_dependents();
  const int total = total_tiles(a, items, kKeys);
  const int share = max(a.least_tiles, (total + int(gridDim.x) - 1) / int(gridDim.x));
  const int begin = int(blockIdx.x) * share, count = min(share, total - begin);
  if (count <= 0) {
    prefetch_ahead(a.ahead);
    dependency_wait();        // completion is transitive: this kernel must not be complete before the one ahead
    return;
  }
  TileCursor now = find_tile(a, items, kKeys, begin), next = now;
  int loaded = 0;

  auto issue = [&](int slot) {
    const size_t head = next.sequence * a.kv_sequence + next.item / blocks * a.kv_head;
    const int end = next.length + a.rows;
    copy_rows<Shape, D, false>(ring_k + slot * Shape::kTile, a.k + head, next.tile * kKeys, end, a.kv_token);
    copy_async_commit();
    copy_rows<Shape, D, true>(ring_v + slot * Shape::kTile, a.v + head, next.tile * kKeys, end, a.kv_token);
    copy_async_commit();
    if (++next.tile == next.tiles) next_item(next, a, items, kKeys);
    ++loaded;
  };
  bool waited = false;
#pragma unroll
  for (int s = 0; s < STAGES - 1; ++s) {
    if (loaded < count) {
      if (!waited && (next.tile + 1) * kKeys > next.length) {
        dependency_wait();
        waited = true;
      }
      issue(s);
    } else {
      copy_async_commit();
      copy_async_commit();
    }
  }
  prefetch_ahead(a.ahead);
  if (!waited) dependency_wait();

  // ---- lane constants
  const uint32_t row_k0 = warp * 16 + g, row_k8 = row_k0 + 8;
  // V, x4.trans: matrices (keys 0-7, d 0-7) (keys 0-7, d 8-15) (keys 8-15, d 0-7) (keys 8-15, d 8-15) = a0..a3 of V^T.
  const int v_key = (lane & 7) + ((lane >> 4) << 3), v_half = (lane >> 3) & 1;
  // P, x4.trans: (keys 0-7, columns 0-7) (keys 8-15, columns 0-7) (0-7, 8-15) (8-15, 8-15) = b0, b1 of two column tiles.
  const uint32_t p_load = ((lane & 7) + ((lane >> 3) & 1) * 8) * Shape::kPitchP + (lane >> 4) * 16;
  const uint32_t p_store = warp * Shape::kWarpP + g * Shape::kPitchP + t * 4;

  CutItem cut_at_begin{-1, 0, 0}, cut_at_end{-1, 0, 0};   // partials in slot 0 and in slot 1
  int slot = 0, place = begin;
  uint4 q[QREG ? C : 1][QREG ? NT : 1];

  while (place < begin + count) {
    // ---- one item, or the part of it that is ours
    const int first_tile = now.tile, tiles = min(now.tiles - first_tile, begin + count - place);
    const int kv_head = now.item / blocks, first_column = now.item % blocks * kColumns;
#pragma unroll
    for (int c = 0; c < C; ++c)
#pragma unroll
      for (int j = 0; j < NT; ++j) {
        if (!QREG && (c * NT + j) % WARPS != warp) continue;
        const int column = first_column + j * 8 + g, d = 32 * c + 8 * t;
        const bool valid = column < all_columns && d < D;
        const uint4 word = load16_if<kDefault>(a.q + (valid ? column_offset(a, now.sequence, kv_head, column, D) + d : 0), valid);
        if constexpr (QREG) q[c][j] = word;
        else store_shared16(q_shared + ((c * NT + j) * 32 + lane) * 16, word);
      }
    if constexpr (!QREG) __syncthreads();

    float out[DT][NT][4] = {}, m[NT][2], l[NT][2];
#pragma unroll
    for (int j = 0; j < NT; ++j) m[j][0] = m[j][1] = -1e30f, l[j][0] = l[j][1] = 0;

    for (int tile = first_tile; tile < first_tile + tiles; ++tile) {
      // ---- S^T = K Q^T for this warp's 16 keys; they were copied by this very warp
      copy_async_wait<2 * STAGES - 3>();
      __syncwarp();
      constexpr int kChains = NT <= 4 ? 2 : 1;             // few columns: two accumulators each, half the dependent length
      float chain[kChains][NT][4] = {};
      const uint32_t tile_k = ring_k + slot * Shape::kTile;
#pragma unroll
      for (int c = 0; c < C; ++c) {
        const uint4 k0 = load_shared16(tile_k + chunk_offset<Shape, false>(row_k0, 4 * c + t));
        const uint4 k8 = load_shared16(tile_k + chunk_offset<Shape, false>(row_k8, 4 * c + t));
#pragma unroll
        for (int j = 0; j < NT; ++j) {
          uint4 x;
          if constexpr (QREG) x = q[c][j];
          else x = load_shared16(q_shared + ((c * NT + j) * 32 + lane) * 16);
          mma_bf16(chain[0][j], k0.x, k8.x, k0.y, k8.y, x.x, x.y);
          mma_bf16(chain[kChains - 1][j], k0.z, k8.z, k0.w, k8.w, x.z, x.w);
        }
      }
      float(&s)[NT][4] = chain[0];
      if constexpr (kChains == 2)
#pragma unroll
        for (int j = 0; j < NT; ++j)
#pragma unroll
          for (int i = 0; i < 4; ++i) s[j][i] += chain[1][j][i];
      // ---- scores in base 2; the tree's mask and the end of the keys
      const int key0 = tile * kKeys + warp * 16 + g;
      bool higher = false;
      if ((tile + 1) * kKeys > now.length) {
#pragma unroll
        for (int j = 0; j < NT; ++j)
#pragma unroll
          for (int i = 0; i < 2; ++i) {
            const int row = min((first_column + j * 8 + 2 * t + i) / group, a.rows - 1);
            const unsigned long long seen = a.ancestors[size_t(now.sequence) * a.rows + row];
#pragma unroll
            for (int h = 0; h < 2; ++h) {
              const int behind = key0 + h * 8 - now.length;
              if (behind >= 0 && (behind >= a.rows || !((seen >> behind) & 1))) s[j][h * 2 + i] = -1e30f;
            }
          }
      }
#pragma unroll
      for (int j = 0; j < NT; ++j)
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          s[j][i] *= a.scale_log2;
          higher |= s[j][i] > m[j][i & 1] + 8.0f;
        }
      // ---- the maximum moves for all warps together or not at all
      if (barrier_or(higher)) {
#pragma unroll
        for (int j = 0; j < NT; ++j)
#pragma unroll
          for (int i = 0; i < 2; ++i) {
            float top = fmaxf(s[j][i], s[j][i + 2]);
#pragma unroll
            for (int d = 4; d < 32; d *= 2) top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, d));
            if (g == 0) store_shared_float(maxima + (warp * kColumns + j * 8 + 2 * t + i) * 4, top);
          }
        __syncthreads();
#pragma unroll
        for (int j = 0; j < NT; ++j)
#pragma unroll
          for (int i = 0; i < 2; ++i) {
            float top = m[j][i];
#pragma unroll
            for (int w = 0; w < WARPS; ++w) top = fmaxf(top, load_shared_float(maxima + (w * kColumns + j * 8 + 2 * t + i) * 4));
            const float shrink = fast_exp2(m[j][i] - top);
            m[j][i] = top;
            l[j][i] *= shrink;
#pragma unroll
            for (int dt = 0; dt < DT; ++dt) out[dt][j][i] *= shrink, out[dt][j][i + 2] *= shrink;
          }
      }
      // ---- every warp is past the previous tile: refill its slot
      if (loaded < count)
        issue(slot == 0 ? STAGES - 1 : slot - 1);
      else {
        copy_async_commit();
        copy_async_commit();
      }
      // ---- P^T = exp2(S^T - m) to shared memory
      const uint32_t p_tile = Shape::kPInK ? tile_k : tile_p;
#pragma unroll
      for (int j = 0; j < NT; ++j) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          s[j][i] = fast_exp2(s[j][i] - m[j][i & 1]);
          l[j][i & 1] += s[j][i];
        }
        store_shared4(p_tile + p_store + j * 16, pack_bf16(s[j][0], s[j][1]));
        store_shared4(p_tile + p_store + j * 16 + 8 * Shape::kPitchP, pack_bf16(s[j][2], s[j][3]));
      }
      copy_async_wait<2 * STAGES - 2>();
      __syncthreads();
      // ---- O^T += V^T P^T for this warp's rows of d
      const uint32_t tile_v = ring_v + slot * Shape::kTile;
#pragma unroll
      for (int ks = 0; ks < kKeys / 16; ++ks) {
        uint32_t p[(NT + 1) / 2][4];
#pragma unroll
        for (int j = 0; j < NT / 2; ++j) load_matrix_x4_transposed(p[j], p_tile + p_load + ks * Shape::kWarpP + j * 32);
        if constexpr (NT % 2 == 1)
          load_matrix_x2_transposed(p[NT / 2][0], p[NT / 2][1],
                                    p_tile + p_load - (lane >> 4) * 16 + ks * Shape::kWarpP + (NT / 2) * 32);
#pragma unroll
        for (int dt = 0; dt < DT; ++dt) {
          const int tile_d = warp * DT + dt;
          if (Shape::kTilesD % WARPS != 0 && tile_d >= Shape::kTilesD) continue;
          uint32_t v[4];
          load_matrix_x4_transposed(v, tile_v + chunk_offset<Shape, true>(ks * 16 + v_key, tile_d * 2 + v_half));
#pragma unroll
          for (int j = 0; j < NT; ++j) mma_bf16(out[dt][j], v[0], v[1], v[2], v[3], p[j / 2][(j & 1) * 2], p[j / 2][(j & 1) * 2 + 1]);
        }
      }
      slot = slot + 1 == STAGES ? 0 : slot + 1;
    }

    // ---- the sum over all warps' keys
#pragma unroll
    for (int j = 0; j < NT; ++j)
#pragma unroll
      for (int i = 0; i < 2; ++i) {
#pragma unroll
        for (int d = 4; d < 32; d *= 2) l[j][i] += __shfl_xor_sync(0xffffffffu, l[j][i], d);
        if (g == 0) store_shared_float(maxima + (warp * kColumns + j * 8 + 2 * t + i) * 4, l[j][i]);
      }
    __syncthreads();
#pragma unroll
    for (int j = 0; j < NT; ++j)
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        l[j][i] = 0;
#pragma unroll
        for (int w = 0; w < WARPS; ++w) l[j][i] += load_shared_float(maxima + (w * kColumns + j * 8 + 2 * t + i) * 4);
      }

    // ---- out: the whole item, or a partial
    const bool whole = tiles == now.tiles;
    const int piece = 2 * int(blockIdx.x) + (first_tile == 0);
#pragma unroll
    for (int j = 0; j < NT; ++j)
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const int column = j * 8 + 2 * t + i;
        if (first_column + column >= all_columns) continue;
        if (whole) {
          bf16* o = a.o + column_offset(a, now.sequence, kv_head, first_column + column, D);
          const float inverse = 1.0f / l[j][i];
#pragma unroll
          for (int dt = 0; dt < DT; ++dt) {
            const int d = (warp * DT + dt) * 16 + g;
            if (Shape::kTilesD % WARPS != 0 && d >= D) continue;
            o[d] = to_bf16(out[dt][j][i] * inverse);
            o[d + 8] = to_bf16(out[dt][j][i + 2] * inverse);
          }
        } else {
          float* o = a.partial_o + (size_t(piece) * kColumns + column) * D;
#pragma unroll
          for (int dt = 0; dt < DT; ++dt) {
            const int d = (warp * DT + dt) * 16 + g;
            if (Shape::kTilesD % WARPS != 0 && d >= D) continue;
            o[d] = out[dt][j][i];
            o[d + 8] = out[dt][j][i + 2];
          }
          if (warp == 0 && g == 0) a.partial_ml[piece * kColumns + column] = float2{m[j][i], l[j][i]};
        }
      }
    if (!whole) {
      const CutItem cut{now.sequence * items + now.item, place - first_tile, now.tiles};
      if (first_tile == 0) cut_at_end = cut;
      else cut_at_begin = cut;
    }
    place += tiles;
    next_item(now, a, items, kKeys);
  }
  if (!a.merge_here) return;

  // ---- the last CTA of an item merges its pieces
  unsigned* last = reinterpret_cast<unsigned*>(dynamic_shared() + Shape::kOffsetMax);   // the maxima are done with
#pragma unroll
  for (int which = 0; which < 2; ++which) {
    const CutItem cut = which == 0 ? cut_at_begin : cut_at_end;
    if (cut.item < 0) continue;
    const Pieces p = pieces_of(cut.start, cut.tiles, share);
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
      *last = atomicAdd(a.arrivals + cut.item, 1u) == unsigned(p.count - 1);
      __threadfence();
    }
    __syncthreads();
    if (!*last) continue;
    if (threadIdx.x == 0) a.arrivals[cut.item] = 0;
    const int item = cut.item % items;
    merge_item<D, kColumns>(a, p, cut.item / items, item / blocks, item % blocks * kColumns);
  }
}

}  // namespace twins
