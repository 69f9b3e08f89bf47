// Times and checks causal prefill attention (attention_prefill.cuh): 12/2 heads of 128 and 12/4 heads of 64, whole prompts and chunks.
//
// The share is of what mma.sync reaches from registers on this very machine, measured first. TFLOP/s count what causality leaves.
#include "attention_check.cuh"
#include "attention_prefill.cuh"

namespace twins {

// Nothing but mma: 16 independent accumulators a warp, 8 warps a CTA.
static __global__ void __launch_bounds__(256) mma_ceiling(float* out, int turns) {
  float acc[16][4] = {};
  uint32_t a[4], b[2];
  for (int i = 0; i < 4; ++i) a[i] = 0x3f803f80u ^ (threadIdx.x * 2654435761u & 0x007f007fu);
  for (int i = 0; i < 2; ++i) b[i] = 0xbf803f80u ^ (threadIdx.x * 40503u & 0x007f007fu);
  for (int turn = 0; turn < turns; ++turn)
#pragma unroll
    for (int i = 0; i < 16; ++i) mma_bf16(acc[i], a[0], a[1], a[2], a[3], b[0], b[1]);
  float sum = 0;
#pragma unroll
  for (int i = 0; i < 16; ++i) sum += acc[i][0] + acc[i][1] + acc[i][2] + acc[i][3];
  out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

struct PrefillVariant {
  std::string name;
  const void* kernel;
  int D;
  std::function<void(cudaStream_t, int sequences, PrefillArguments)> run;
};

template <int D, int BM, int BN, int WARPS, int MIN_CTAS, bool QREG>
PrefillVariant prefill(const char* name) {
  auto kernel = prefill_attention<D, BM, BN, WARPS, MIN_CTAS, QREG>;
  return {name, reinterpret_cast<const void*>(kernel), D, [=](cudaStream_t stream, int sequences, PrefillArguments a) {
            launch(kernel, dim3(sequences * a.heads, ceil_div(a.rows, BM)), WARPS * 32, PrefillShape<D, BM, BN>::kSharedBytes, stream, false, a);
          }};
}

struct PrefillBench {
  Session& s;
  Checker checker;
  int* offsets;
  double ceiling = 0;

  explicit PrefillBench(Session& session) : s(session), checker(session) {
    CU(cudaMalloc(&offsets, 64 * sizeof(int)));
    if (s.tails_only) return;
    const int turns = 4096;
    const double ms = s.time_graph([&](int) { launch(mma_ceiling, dim3(s.multiprocessors * 2), 256, 0, s.stream, false, s.workspace, turns); },
                                   1, 30, [] {}, [] {});
    ceiling = double(s.multiprocessors) * 2 * 8 * turns * 16 * 4096 / ms / 1e9;
    std::printf("# mma.sync from registers: %.0f TFLOP/s\n", ceiling);
  }

  PrefillArguments arguments(const std::vector<int>& host_offsets, int rows, int heads, int kv_heads, int D, int capacity, double scale) {
    CU(cudaMemcpyAsync(offsets, host_offsets.data(), host_offsets.size() * sizeof(int), cudaMemcpyHostToDevice, s.stream));
    CU(cudaStreamSynchronize(s.stream));
    PrefillArguments a = {};
    a.o = reinterpret_cast<bf16*>(s.output), a.offsets = offsets, a.rows = rows, a.heads = heads, a.kv_heads = kv_heads;
    a.kv_sequence = (long long)kv_heads * capacity * D, a.kv_head = (long long)capacity * D;
    a.scale_log2 = float(scale * 1.4426950408889634);
    return a;
  }
  void check(const PrefillArguments& a, int sequences, int D, int capacity, double scale, int samples, Row& row) {
    checker.require_no_poison(a.o, size_t(sequences) * a.rows * a.heads * D);
    check_attention(checker, {a.q, a.k, a.v, a.o, a.offsets, nullptr, sequences, a.rows, a.heads, a.kv_heads, D, a.kv_sequence, a.kv_head, D,
                              scale, 0, capacity}, row, samples);
  }

  void time(int B, int n, int offset, int heads, int kv_heads, const PrefillVariant& v) {
    const int D = v.D, capacity = offset + n;
    Row row;
    row.kernel = "prefill";
    row.shape = "B" + std::to_string(B) + " T" + std::to_string(n) + (offset ? "@" + std::to_string(offset) : "") + " " + std::to_string(heads) +
                "/" + std::to_string(kv_heads) + " D" + std::to_string(D);
    row.variant = v.name;
    s.guard(row.kernel + " " + row.shape + " " + row.variant, [&] {
      const double scale = 1 / std::sqrt(double(D)), flops = 4.0 * D * heads * B * (double(n) * offset + 0.5 * n * (n + 1.0));
      const size_t rows = size_t(B) * n * heads * D, one = size_t(B) * kv_heads * capacity * D;
      const int calls = std::max(1, std::min(20, int(1e-3 / (flops / 3e14))));   // about a millisecond a graph
      PrefillArguments a = arguments(std::vector<int>(B, offset), n, heads, kv_heads, D, capacity, scale);
      auto with = [&](int i) {
        PrefillArguments at = a;
        at.q = s.weights(size_t(i) * 64);
        at.k = s.weights(rows + size_t(i) * 2 * one + 4096);
        at.v = at.k + one;
        return at;
      };
      if ((rows + 2 * one * calls + 8192) * 2 > s.input_bytes || rows * 2 > s.output_bytes) throw std::runtime_error("the buffers are too small");
      unsigned long long first = 0;
      const double ms = s.time_graph([&](int i) { v.run(s.stream, B, with(i)); }, calls, 30,
                                     [&] { CU(cudaMemsetAsync(a.o, 0xff, rows * 2, s.stream)); },
                                     [&] {
                                       check(with(calls - 1), B, D, capacity, scale, 64, row);
                                       first = checker.digest(a.o, rows);
                                     });
      if (checker.digest(a.o, rows) != first) row.note += " NOT REPEATABLE";
      row.us = ms * 1e3;
      s.attributes(row, v.kernel);
      row.rate = flops / ms / 1e9;
      row.unit = "TFLOPs";
      row.share = row.rate / ceiling;
      s.add(row);
    });
  }

  int tails(const std::vector<PrefillVariant>& variants) {
    struct Case { std::vector<int> offsets; int n, heads, kv_heads; double scale; };
    const std::vector<Case> cases = {{{0}, 1, 2, 1, 0.09}, {{0}, 64, 2, 2, 0.09}, {{0}, 129, 3, 1, 1.0}, {{5, 63}, 70, 4, 2, 0.09},
                                     {{200}, 33, 6, 1, 0.5}, {{64, 0, 130}, 17, 2, 1, 0.09}};
    int failed = 0;
    for (const PrefillVariant& v : variants) {
      int done = 0;
      double worst = 0;
      for (const Case& c : cases)
        s.guard("prefill tails " + v.name, [&] {
          const int B = int(c.offsets.size()), D = v.D, capacity = *std::max_element(c.offsets.begin(), c.offsets.end()) + c.n + 2;
          const size_t rows = size_t(B) * c.n * c.heads * D, one = size_t(B) * c.kv_heads * capacity * D;
          Row row;
          row.kernel = "prefill", row.variant = v.name, row.shape = "n" + std::to_string(c.n);
          ++failed;
          PrefillArguments a = arguments(c.offsets, c.n, c.heads, c.kv_heads, D, capacity, c.scale);
          bf16* cache = reinterpret_cast<bf16*>(s.output) + (size_t(4) << 20);
          CU(cudaMemsetAsync(cache, 0xff, one * 4, s.stream));                    // NaN behind the last key
          for (int b = 0; b < B; ++b)
            for (int h = 0; h < 2 * c.kv_heads; ++h) {
              const size_t to = size_t(h / c.kv_heads) * one + b * a.kv_sequence + h % c.kv_heads * a.kv_head;
              CU(cudaMemcpyAsync(cache + to, s.weights((to * 7 + 64) % (size_t(8) << 20)), size_t(c.offsets[b] + c.n) * D * 2,
                                 cudaMemcpyDeviceToDevice, s.stream));
            }
          a.k = cache, a.v = cache + one, a.q = s.weights(size_t(12) << 20);
          CU(cudaMemsetAsync(a.o, 0xff, rows * 2 + 256, s.stream));
          v.run(s.stream, B, a);
          CU(cudaGetLastError());
          CU(cudaStreamSynchronize(s.stream));
          check(a, B, D, capacity, c.scale, s.tails_only ? 96 : 1000, row);
          std::vector<uint16_t> guard(128);
          CU(cudaMemcpyAsync(guard.data(), a.o + rows, 256, cudaMemcpyDeviceToHost, s.stream));
          CU(cudaStreamSynchronize(s.stream));
          for (uint16_t word : guard)
            if (word != 0xffffu) throw std::runtime_error("wrote past the end of o");
          worst = std::max(worst, row.max_error);
          ++done;
          --failed;
        });
      std::printf("  tails %-8s %-24s %d of %d shapes right, worst %.1e\n", "prefill", v.name.c_str(), done, int(cases.size()), worst);
      std::fflush(stdout);
    }
    return failed;
  }
};

int run(Session& s) {
  const std::vector<PrefillVariant> wide = {
      prefill<128, 128, 64, 4, 2, false>("128x64 w4 x2"),  prefill<128, 128, 32, 4, 2, false>("128x32 w4 x2"),
      prefill<128, 128, 64, 8, 1, true>("128x64 w8 qreg"), prefill<128, 256, 64, 8, 1, false>("256x64 w8"),
      prefill<128, 64, 64, 4, 2, true>("64x64 w4 x2 qreg"), prefill<128, 64, 32, 4, 3, true>("64x32 w4 x3 qreg"),
      prefill<128, 128, 128, 8, 1, true>("128x128 w8 qreg")};
  const std::vector<PrefillVariant> narrow = {
      prefill<64, 128, 64, 4, 3, false>("128x64 w4 x3"), prefill<64, 128, 64, 4, 2, true>("128x64 w4 x2 qreg"),
      prefill<64, 64, 64, 4, 4, true>("64x64 w4 x4 qreg"), prefill<64, 128, 128, 4, 2, false>("128x128 w4 x2")};
  std::vector<PrefillVariant> all = wide;
  all.insert(all.end(), narrow.begin(), narrow.end());
  PrefillBench bench(s);
  const int failed = bench.tails(all);
  if (s.tails_only) return failed;
  for (const PrefillVariant& v : wide) {
    for (int n : {512, 2048, 8192}) bench.time(1, n, 0, 12, 2, v);
    bench.time(1, 2048, 6144, 12, 2, v);
    bench.time(8, 1024, 0, 12, 2, v);
    bench.time(1, 2048, 0, 28, 4, v);
  }
  for (const PrefillVariant& v : narrow)
    for (int n : {512, 2048, 8192}) bench.time(1, n, 0, 12, 4, v);
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
