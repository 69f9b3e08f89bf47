// Host side of the tiled Linear kernels: one LinearVariant per tile shape.
#pragma once
#include "linear_bench.cuh"
#include "linear_tile.cuh"

namespace twins {

// waves > 0: K is split until about `waves` CTAs a multiprocessor run. group: tile rows that neighbouring CTAs share.
template <int BM, int BN, int BK, int WARPS_M, int WARPS_N, int STAGES, int MIN_CTAS, bool SPLIT>
LinearVariant tile(Session& s, const char* name, int group, int waves = 0) {
  using Tile = TileShape<BM, BN, BK, WARPS_M, WARPS_N, STAGES>;
  auto kernel = linear_tile<BM, BN, BK, WARPS_M, WARPS_N, STAGES, MIN_CTAS, SPLIT>;
  static_assert(MIN_CTAS * (Tile::kSharedBytes + 1024) <= 228 * 1024, "shared memory of the resident CTAs");
  auto splits_of = [=, &s](int M, int N, int K) {
    const int tiles = ceil_div(M, BM) * ceil_div(N, BN), k_tiles = ceil_div(K, BK);
    const int wanted = std::max(1, std::min(s.multiprocessors * waves / tiles, k_tiles / 2));
    return ceil_div(k_tiles, ceil_div(k_tiles, wanted));   // no empty slices
  };
  return {name, reinterpret_cast<const void*>(kernel),
          [=, &s](int M, int N, int K) {
            const size_t tiles = size_t(ceil_div(M, BM)) * ceil_div(N, BN);
            return K % 8 == 0 && (!SPLIT || (tiles < Session::kCounters &&
                                             tiles * splits_of(M, N, K) * BM * BN * 4 <= s.workspace_bytes));
          },
          [=, &s](cudaStream_t stream, bool dependent, const bf16* x, const bf16* w, bf16* y, int M, int N, int K) {
            const int tiles = ceil_div(M, BM) * ceil_div(N, BN), splits = SPLIT ? splits_of(M, N, K) : 1;
            launch(kernel, dim3(tiles, splits), Tile::kThreads, Tile::kSharedBytes, stream, dependent, x, w, y, M, N, K, group,
                   splits, s.workspace, s.counters);
          }};
}

inline const std::vector<std::array<int, 3>> kTileTails = {{1, 1, 8}, {17, 33, 24}, {64, 64, 64}, {100, 130, 136},
                                                           {129, 257, 72}, {128, 192, 1000}, {33, 72, 1544}, {1100, 40, 40}};

}  // namespace twins
