// Tree-decode attention (attention_decode.cuh): its arguments, and who computes what.
//
// All (sequence, KV head, column block) items, each ceil((length + n) / tile) tiles long, are laid end to end; CTA c takes the
// flat tiles [c s, c s + s), s = max(least, ceil(total / CTAs)). Everyone computes this from `lengths` with a warp scan.
#pragma once
#include "attention_ptx.cuh"

namespace twins {

struct DecodeArguments {
  const bf16 *q, *k, *v;
  bf16* o;
  const int* lengths;                   // [B] prefix tokens, < 0: inactive
  const unsigned long long* ancestors;  // [B, n] bit j: the row sees tree slot j
  int sequences, rows, heads, kv_heads;
  long long kv_sequence, kv_head;       // strides of the cache in elements
  int kv_token;
  float scale_log2;                     // scale * log2(e)
  int least_tiles;                      // a CTA with work takes at least this many tiles
  float* partial_o;                     // [2 CTAs][NT * 8][D]
  float2* partial_ml;                   // [2 CTAs][NT * 8] running maximum (base 2) and sum
  unsigned* arrivals;                   // [items], zero between kernels
  bool merge_here;
  Ahead ahead;                          // what the next kernel reads first
};

// A tile of the flat sequence of tiles: tile `tile` of `tiles` of item `item` of sequence `sequence`, whose prefix is `length`.
struct TileCursor {
  int sequence, item, tile, tiles, length;
};

__device__ __forceinline__ int tiles_of(int length, int rows, int keys) { return length < 0 ? 0 : (length + rows + keys - 1) / keys; }

// The first tile of the next item; sequences without tiles are stepped over.
__device__ __forceinline__ void next_item(TileCursor& c, const DecodeArguments& a, int items, int keys) {
  c.tile = 0;
  if (++c.item < items) return;
  c.item = 0;
  do {
    if (++c.sequence >= a.sequences) return;
    c.length = a.lengths[c.sequence];
    c.tiles = tiles_of(c.length, a.rows, keys);
  } while (c.tiles == 0);
}

// Sum of all tiles, computed by every warp alike.
__device__ __forceinline__ int total_tiles(const DecodeArguments& a, int items, int keys) {
  const int lane = threadIdx.x & 31;
  int total = 0;
  for (int first = 0; first < a.sequences; first += 32)
    total += warp_shuffle(warp_scan(first + lane < a.sequences ? tiles_of(a.lengths[first + lane], a.rows, keys) * items : 0), 31);
  return total;
}

// Where the flat tile `place` lies.
__device__ __forceinline__ TileCursor find_tile(const DecodeArguments& a, int items, int keys, int place) {
  const int lane = threadIdx.x & 31;
  int before = 0;
  for (int first = 0;; first += 32) {
    const int length = first + lane < a.sequences ? a.lengths[first + lane] : -1, tiles = tiles_of(length, a.rows, keys);
    const int upto = before + warp_scan(tiles * items);
    const uint32_t beyond = warp_ballot(upto > place);
    if (beyond != 0) {
      const int at = lowest_bit(beyond), mine = warp_shuffle(tiles, at);
      const int within = place - (warp_shuffle(upto, at) - mine * items);
      return {first + at, within / mine, within % mine, mine, warp_shuffle(length, at)};
    }
    before = warp_shuffle(upto, 31);
  }
}

// The pieces of an item whose first tile is at flat place `start`: piece i was made by CTA first + i.
struct Pieces {
  int first, count;
  __device__ __forceinline__ int slot(int i) const { return 2 * (first + i) + (i == 0); }   // an item begins in a CTA's slot 1
};
__device__ __forceinline__ Pieces pieces_of(int start, int tiles, int share) {
  return {start / share, (start + tiles - 1) / share - start / share + 1};
}

// An item of which a CTA has made a piece only: its number, the flat place of its first tile, its tiles.
struct CutItem { int item, start, tiles; };

}  // namespace twins
