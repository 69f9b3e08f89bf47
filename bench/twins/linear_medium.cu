// Linear for 17..128 rows: W still streams once, but x no longer fits beside it in registers.
//
// Bound. Operations a byte of W: M, so 17..128 against a machine balance near 200 (mma.sync): still the time to read W, if
// the tile covers all M rows (BM >= M) so that each byte of W is fetched by one CTA only. M = 64: gate-up 18 us, down 9 us,
// head 151 us, qkv 2.0 us, o 1.5 us at 3.1 TB/s. M = 128 on gate-up is 7 GFLOP: at 18 us that would be 390 TFLOP/s, so
// there tensor cores, L2 and DRAM are all near their limits together.
// What x costs. Every CTA reads all of x (BM K 2 bytes, from L2): for BN columns, BM/BN bytes of x for each byte of W. BN = 64 at
// M = 64 doubles the traffic into the multiprocessors, BN = 32 triples it: wide BN, and K split over CTAs (not smaller BN) when
// N/BN does not fill 132 multiprocessors. The price of a split is float32 partials through L2 and one atomic: ~1.5 us.
// Bytes in flight: (STAGES-1) x BN x 128 bytes of W a CTA, e.g. 3 x 128 x 128 = 48 KB: enough by Little's law with one CTA.
// Kernel and mapping: linear_tile.cuh. Programmatic dependent launch asks for W's first stages before x is ready.
#include "linear_tile_bench.cuh"

namespace twins {

int run(Session& s) {
  LinearBench bench(s, "linear-m");
  //                                  BM  BN  BK wm wn st ctas
  const std::vector<LinearVariant> m32 = {tile<32, 64, 64, 1, 4, 6, 2, true>(s, "32x64 s6 fill1", 1, 1),
                                          tile<32, 64, 64, 1, 4, 6, 2, true>(s, "32x64 s6 fill2", 1, 2),
                                          tile<32, 128, 64, 1, 4, 4, 2, true>(s, "32x128 s4 fill1", 1, 1),
                                          tile<32, 128, 64, 1, 4, 4, 2, true>(s, "32x128 s4 fill2", 1, 2)};
  const std::vector<LinearVariant> m64 = {tile<64, 64, 64, 2, 2, 5, 2, true>(s, "64x64 s5 fill1", 1, 1),
                                          tile<64, 64, 64, 2, 2, 5, 2, true>(s, "64x64 s5 fill2", 1, 2),
                                          tile<64, 128, 64, 2, 2, 4, 2, true>(s, "64x128 s4 fill1", 1, 1),
                                          tile<64, 128, 64, 2, 2, 4, 2, true>(s, "64x128 s4 fill2", 1, 2),
                                          tile<64, 32, 64, 4, 1, 6, 2, true>(s, "64x32 s6 fill1", 1, 1)};
  const std::vector<LinearVariant> m128 = {tile<128, 64, 64, 2, 2, 4, 2, true>(s, "128x64 s4 fill1", 1, 1),
                                           tile<128, 64, 64, 2, 2, 4, 2, true>(s, "128x64 s4 fill2", 1, 2),
                                           tile<128, 128, 64, 2, 2, 3, 2, true>(s, "128x128 s3 fill1", 1, 1),
                                           tile<128, 128, 64, 2, 2, 3, 2, true>(s, "128x128 s3 fill2", 1, 2)};
  std::vector<LinearVariant> all = m32;
  all.insert(all.end(), m64.begin(), m64.end());
  all.insert(all.end(), m128.begin(), m128.end());
  const int failed = bench.tails(all, kTileTails);
  if (s.tails_only) return failed;
  for (const Shape& shape : {kQkv, kOut, kGateUp, kDown, kHead})
    for (int M : {24, 32, 64, 128}) {
      if (bench.has_cublas()) bench.time(shape, M, bench.cublas(), false);
      for (const LinearVariant& v : M <= 32 ? m32 : M <= 64 ? m64 : m128)
        for (bool dependent : {false, true}) bench.time(shape, M, v, dependent);
    }
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
