// Linear for many rows (prefill, training): 2 M N K operations, bound by the tensor cores.
//
// What mma.sync can give. On Hopper the synchronous mma reaches about 63% of wgmma: 633 TFLOP/s measured from registers alone
// (bf16), against 700 to 760 of cuBLAS (wgmma, TMA) on these shapes. A kernel that feeds it through shared memory is good at
// 75% of that: 470. M = 4096: gate-up 225 GFLOP 0.48 ms, head 1.91 TFLOP 4.1 ms, down 113 GFLOP 0.24 ms, qkv 26 GFLOP 55 us.
// Quantisation. A 1536-column output at M = 4096 makes 32 x 6 = 192 tiles of 128x256: 1.45 waves of 132, so 27% of the machine
// idles; 128x192 makes 256 tiles = 1.94 waves, 3% idle. The best tile therefore depends on the shape; all are tried.
// Two 128x128 CTAs of four warps a multiprocessor hide each other's barriers, prologue and epilogue but read a third more through
// L2 than one of 128x256 with eight warps. BK = 32 with more stages has finer steps and twice the barriers of BK = 64.
// Registers of a 64x64 warp tile: 128 accumulators + 2 x 32 fragment words + addresses < 255.
// Kernel and mapping: linear_tile.cuh.
#include "linear_tile_bench.cuh"

#ifndef PART
#define PART -1  // run.sh compiles the parts side by side
#endif

namespace twins {

int run(Session& s) {
  LinearBench bench(s, "linear-l");
  std::vector<LinearVariant> variants;
  //                                      BM   BN   BK wm wn st ctas
#if PART == 0 || PART < 0
  variants.push_back(tile<128, 128, 64, 2, 2, 3, 2, false>(s, "128x128x64 s3 x2", 8));
  variants.push_back(tile<128, 128, 32, 2, 2, 4, 2, false>(s, "128x128x32 s4 x2", 8));
#endif
#if PART == 1 || PART < 0
  variants.push_back(tile<128, 256, 64, 2, 4, 4, 1, false>(s, "128x256x64 s4", 8));
  variants.push_back(tile<128, 256, 64, 2, 4, 4, 1, false>(s, "128x256x64 s4 g16", 16));
  variants.push_back(tile<128, 256, 32, 2, 4, 5, 1, false>(s, "128x256x32 s5", 8));
#endif
#if PART == 2 || PART < 0
  variants.push_back(tile<256, 128, 64, 4, 2, 4, 1, false>(s, "256x128x64 s4", 8));
  variants.push_back(tile<256, 128, 32, 4, 2, 5, 1, false>(s, "256x128x32 s5", 8));
#endif
#if PART == 3 || PART < 0
  variants.push_back(tile<128, 192, 64, 2, 4, 4, 1, false>(s, "128x192x64 s4", 8));
  variants.push_back(tile<128, 256, 64, 2, 4, 3, 1, false>(s, "128x256x64 s3", 8));
  variants.push_back(tile<192, 128, 64, 4, 2, 4, 1, false>(s, "192x128x64 s4", 8));
#endif
  const int failed = bench.tails(variants, kTileTails);
  if (s.tails_only) return failed;
  auto sweep = [&](const Shape& shape, std::initializer_list<int> rows) {
    for (int M : rows) {
      if (bench.has_cublas()) bench.time(shape, M, bench.cublas(), false);
      for (const LinearVariant& v : variants) bench.time(shape, M, v, false);
    }
  };
  sweep(kGateUp, {4096, 1024, 384});
  sweep(kDown, {4096, 1024, 384});
  sweep(kQkv, {4096, 1024, 384});
  sweep(kOut, {4096, 1024});
  sweep(kHead, {4096});
  s.summary();
  return failed;
}

}  // namespace twins

int main(int argc, char** argv) {
  try {
    twins::Session session(argc, argv, 2, 2);
    return twins::run(session);
  } catch (const std::exception& e) {
    std::printf("ERROR %s\n", e.what());
    return 1;
  }
}
