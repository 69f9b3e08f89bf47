// Times and checks tree-decode attention (attention_decode.cuh) for n rows a sequence; PART is n: 1, 3 or 9.
//
// KV copies are rotated as in the peers' script; context includes the n tree rows, as there. Variants differ in the shape of a CTA
// (warps, stages, CTAs a multiprocessor), in how many CTAs share the work and how small a share may be, and in where partials
// are merged: "here" the last CTA of an item, "2nd" a second kernel.
#include "attention_check.cuh"
#include "attention_decode.cuh"

#ifndef PART
#define PART 3
#endif

namespace twins {

struct DecodeVariant {
  std::string name;
  const void* kernel;
  int D, columns;          // head dimension, columns of a block
  int where;               // 0 everywhere, 1 only where the cache is small, 2 only where it is large
  std::function<int(int multiprocessors)> grid;
  std::function<void(cudaStream_t, bool dependent, int grid, DecodeArguments)> run;
};

template <int D, int NT, int WARPS, int STAGES, int MIN_CTAS, bool QREG>
DecodeVariant decode(const char* name, int quarters, int least, bool here, int where = 0) {
  using Shape = DecodeShape<D, NT, WARPS, STAGES, QREG>;
  auto kernel = tree_attention<D, NT, WARPS, STAGES, MIN_CTAS, QREG>;
  constexpr int kMergeThreads = D == 80 ? 160 : D == 96 ? 192 : 256;
  auto merge = merge_partials<D, NT, Shape::kKeys, kMergeThreads>;
  return {std::string(name) + " g" + std::to_string(quarters) + "/4 t" + std::to_string(least) + (here ? " here" : " 2nd"),
          reinterpret_cast<const void*>(kernel), D, NT * 8, where,
          [=](int multiprocessors) { return std::max(1, multiprocessors * quarters / 4); },
          [=](cudaStream_t stream, bool dependent, int grid, DecodeArguments a) {
            a.least_tiles = least;
            a.merge_here = here;
            launch(kernel, dim3(grid), WARPS * 32, Shape::kSharedBytes, stream, dependent, a);
            if (!here)
              launch(merge, dim3(a.sequences * a.rows * a.heads), kMergeThreads, (kMergeThreads / (D / 4)) * (D + 4) * 4, stream,
                     dependent, a, grid);
          }};
}

struct DecodeBench {
  Session& s;
  Checker checker;
  int* lengths;
  unsigned long long* ancestors;
  static constexpr int kMostSequences = 256;

  explicit DecodeBench(Session& session) : s(session), checker(session) {
    CU(cudaMalloc(&lengths, kMostSequences * sizeof(int)));
    CU(cudaMalloc(&ancestors, kMostSequences * 64 * sizeof(unsigned long long)));
  }

  // Ancestor masks of a random forest: row r hangs on an earlier row or on the prefix.
  void fill(const std::vector<int>& host_lengths, int rows, bool siblings, uint32_t seed) {
    std::vector<unsigned long long> masks(host_lengths.size() * rows);
    for (size_t b = 0; b < host_lengths.size(); ++b)
      for (int r = 0; r < rows; ++r) {
        seed = seed * 1664525u + 1013904223u;
        const int parent = siblings ? -1 : int((seed >> 8) % (r + 1)) - 1;
        masks[b * rows + r] = (parent < 0 ? 0 : masks[b * rows + parent]) | (1ull << r);
      }
    CU(cudaMemcpyAsync(lengths, host_lengths.data(), host_lengths.size() * sizeof(int), cudaMemcpyHostToDevice, s.stream));
    CU(cudaMemcpyAsync(ancestors, masks.data(), masks.size() * 8, cudaMemcpyHostToDevice, s.stream));
    CU(cudaStreamSynchronize(s.stream));
  }

  DecodeArguments arguments(int B, int n, int heads, int kv_heads, int D, int capacity, bool token_major, double scale) {
    DecodeArguments a = {};
    a.o = reinterpret_cast<bf16*>(s.output);
    a.lengths = lengths;
    a.ancestors = ancestors;
    a.sequences = B, a.rows = n, a.heads = heads, a.kv_heads = kv_heads;
    a.kv_sequence = (long long)kv_heads * capacity * D;
    a.kv_head = token_major ? D : (long long)capacity * D;
    a.kv_token = token_major ? kv_heads * D : D;
    a.scale_log2 = float(scale * 1.4426950408889634);
    a.partial_o = s.workspace;
    a.partial_ml = reinterpret_cast<float2*>(s.workspace + s.workspace_bytes / 16);   // a quarter for O
    a.arrivals = s.counters;
    return a;
  }
  AttentionProblem problem(const DecodeArguments& a, int D, int longest, double scale) {
    return {a.q, a.k, a.v, a.o, a.lengths, a.ancestors, a.sequences, a.rows, a.heads, a.kv_heads, D, a.kv_sequence, a.kv_head,
            a.kv_token, scale, 0, longest};
  }
  void require_fit(const DecodeVariant& v, int grid, const DecodeArguments& a) const {
    const int items = a.sequences * a.kv_heads * ceil_div(a.rows * (a.heads / a.kv_heads), v.columns);
    if (size_t(grid) * 2 * v.columns * v.D * 4 > s.workspace_bytes / 4 || items > Session::kCounters)
      throw std::runtime_error("workspace or counters too small");
  }

  void time(int B, int n, int context, int heads, int kv_heads, const DecodeVariant& v, bool dependent, bool token_major = false) {
    const int D = v.D;
    if (n * (heads / kv_heads) > v.columns) return;
    Row row;
    row.kernel = "decode";
    row.shape = "B" + std::to_string(B) + " n" + std::to_string(n) + " " + std::to_string(context) + " " + std::to_string(heads) + "/" +
                std::to_string(kv_heads);
    row.variant = v.name + (dependent ? " +pdl" : "") + (token_major ? " [B,T,H,D]" : "");
    s.guard(row.kernel + " " + row.shape + " " + row.variant, [&] {
      const size_t one = size_t(B) * kv_heads * context * D, rows = size_t(B) * n * heads * D;
      const double bytes = 4.0 * one + 4.0 * rows, scale = 1 / std::sqrt(double(D));
      const int calls = std::max(1, std::min(256, ceil_div(256ll << 20, 4.0 * one)));
      if ((calls * 2 * one + rows + 64) * 2 > s.input_bytes) throw std::runtime_error("the buffers are too small for this case");
      fill(std::vector<int>(B, context - n), n, true, 1);
      DecodeArguments a = arguments(B, n, heads, kv_heads, D, context, token_major, scale);
      a.q = s.weights(s.input_bytes / 2 - (rows + 63) / 64 * 64);
      auto with = [&](int i) {
        DecodeArguments at = a;
        at.k = s.weights(2 * one * i);
        at.v = at.k + one;
        return at;
      };
      const int grid = v.grid(s.multiprocessors);
      require_fit(v, grid, a);
      unsigned long long first = 0;
      const double ms = s.time_graph([&](int i) { v.run(s.stream, dependent, grid, with(i)); }, calls, 10,
                                     [&] { CU(cudaMemsetAsync(a.o, 0xff, rows * 2, s.stream)); },
                                     [&] {
                                       checker.require_no_poison(a.o, rows);
                                       check_attention(checker, problem(with(calls - 1), D, context, scale), row, 32);
                                       first = checker.digest(a.o, rows);
                                     });
      if (checker.digest(a.o, rows) != first) row.note += " NOT REPEATABLE";
      row.us = ms * 1e3;
      s.attributes(row, v.kernel);
      row.rate = bytes / ms / 1e6;
      row.unit = "GB/s";
      row.share = row.rate / s.read_gbps;
      s.add(row);
    });
  }

  // The best of PyTorch's ways in this house's baseline table (H100, microseconds, 12/2 heads): a yardstick, not measured here.
  void rival(int B, int n, int context) {
    struct Entry { int B, n; double us[4]; };
    static const Entry table[] = {{1, 1, {9, 11, 16, 26}}, {1, 3, {9, 13, 20, 31}}, {1, 9, {10, 17, 34, 56}}, {16, 3, {17, 34, 70, 201}},
                                  {16, 9, {18, 37, 74, 205}}, {64, 3, {23, 61, 199, 718}}, {64, 9, {24, 64, 212, 734}}};
    for (const Entry& e : table) {
      if (e.B != B || e.n != n) continue;
      Row row;
      row.kernel = "decode", row.variant = "PyTorch (table)", row.unit = "GB/s", row.peer = true;
      row.shape = "B" + std::to_string(B) + " n" + std::to_string(n) + " " + std::to_string(context) + " 12/2";
      row.us = e.us[context == 512 ? 0 : context == 2048 ? 1 : context == 8192 ? 2 : 3];
      s.add(row);
    }
  }

  // Ragged lengths, forests, empty prefixes, inactive sequences, column blocks: right or wrong. Memory behind a sequence's last key
  // holds NaN. Twice in a row, the second time as a dependent launch: counters must be back at zero.
  int tails(const std::vector<DecodeVariant>& variants) {
    struct Case { std::vector<int> lengths; int n, heads, kv_heads; double scale; };
    const std::vector<Case> cases = {
        {{0}, 1, 6, 1, 0.09}, {{5}, 3, 12, 2, 1.0}, {{63, 64, 65}, 9, 12, 2, 0.09}, {{130, 0, -1, 300, 17}, 5, 8, 8, 0.5},
        {{-1, 200}, 64, 14, 2, 0.09}, {{500}, 3, 28, 4, 1.0}, {{127, 128, 1, 191}, 13, 16, 4, 0.09}, {{1000, 3}, 7, 7, 1, 0.3},
        {{64}, 64, 4, 2, 0.09}, {std::vector<int>(40, 33), 2, 4, 2, 0.2}, {{-1, -1}, 3, 4, 2, 0.2}};
    int failed = 0;
    for (const DecodeVariant& v : variants) {
      int done = 0, tried = 0;
      double worst = 0;
      for (const Case& c : cases) {
        s.guard("decode tails " + v.name, [&] {
          const int B = int(c.lengths.size()), n = c.n, D = v.D, longest = *std::max_element(c.lengths.begin(), c.lengths.end());
          const bool token_major = tried++ % 2 == 1;
          const int capacity = std::max(0, longest) + n + 3;
          Row row;
          row.kernel = "decode", row.variant = v.name;
          row.shape = "B" + std::to_string(B) + " n" + std::to_string(n) + " " + std::to_string(c.heads) + "/" + std::to_string(c.kv_heads);
          ++failed;
          fill(c.lengths, n, false, 7 + done);
          DecodeArguments a = arguments(B, n, c.heads, c.kv_heads, D, capacity, token_major, c.scale * std::sqrt(128.0 / D));
          const size_t one = size_t(B) * a.kv_sequence, rows = size_t(B) * n * c.heads * D;
          bf16* cache = reinterpret_cast<bf16*>(s.output) + (size_t(4) << 20);          // 8 MiB in: K, then V
          if ((one * 2 + (size_t(4) << 20)) * 2 > s.output_bytes || rows > size_t(4) << 20) throw std::runtime_error("case too large");
          CU(cudaMemsetAsync(cache, 0xff, one * 4, s.stream));
          for (int b = 0; b < B; ++b)                                                    // random where keys are, NaN elsewhere
            for (int h = 0; h < c.kv_heads; ++h)
              for (int kv = 0; kv < 2 && c.lengths[b] >= 0; ++kv)
                for (int at = 0; at < c.lengths[b] + n; at += token_major ? 1 : c.lengths[b] + n) {
                  const size_t to = kv * one + b * a.kv_sequence + h * a.kv_head + size_t(at) * a.kv_token;
                  const size_t size = size_t(token_major ? 1 : c.lengths[b] + n) * D * 2;
                  CU(cudaMemcpyAsync(cache + to, s.weights((to * 7 + 64) % (size_t(8) << 20)), size, cudaMemcpyDeviceToDevice, s.stream));
                }
          a.k = cache, a.v = cache + one;
          a.q = s.weights(size_t(12) << 20);
          const int grid = v.grid(s.multiprocessors);
          require_fit(v, grid, a);
          CU(cudaMemsetAsync(a.o, 0xff, rows * 2 + 256, s.stream));
          v.run(s.stream, false, grid, a);
          v.run(s.stream, true, grid, a);
          CU(cudaGetLastError());
          CU(cudaStreamSynchronize(s.stream));
          size_t written = 0;
          for (int b = 0; b < B; ++b)
            if (c.lengths[b] >= 0) {
              checker.require_no_poison(a.o + size_t(b) * n * c.heads * D, size_t(n) * c.heads * D);
              ++written;
            }
          if (written > 0) check_attention(checker, problem(a, D, capacity, c.scale * std::sqrt(128.0 / D)), row, s.tails_only ? 48 : 2000);
          std::vector<uint16_t> guard(128);
          CU(cudaMemcpyAsync(guard.data(), a.o + rows, 256, cudaMemcpyDeviceToHost, s.stream));
          CU(cudaStreamSynchronize(s.stream));
          for (uint16_t word : guard)
            if (word != 0xffffu) throw std::runtime_error(row.shape + ": wrote past the end of o");
          worst = std::max(worst, row.max_error);
          ++done;
          --failed;
        });
      }
      std::printf("  tails %-8s %-24s %d of %d shapes right, worst %.1e\n", "decode", v.name.c_str(), done, int(cases.size()), worst);
      std::fflush(stdout);
    }
    return failed;
  }
};

int run(Session& s) {
  // g: CTAs in quarters of the multiprocessors; t: the least share in tiles.
  std::vector<DecodeVariant> wide, more;     // 28/4 heads may need more columns than 12/2
#if PART == 9
  constexpr int kWide = 8;                   // 63 columns of 28/4 heads; 54 of 12/2 fit 7
  constexpr bool kQ = false;
#else
  constexpr int kWide = PART;
  constexpr bool kQ = true;
#endif
  wide = {decode<128, kWide, 4, 3, 2, kQ>("w4 s3", 8, 1, false),    decode<128, kWide, 4, 3, 2, kQ>("w4 s3", 8, 2, true),
          decode<128, kWide, 8, 3, 1, kQ>("w8 s3", 4, 1, false),    decode<128, kWide, 8, 3, 1, kQ>("w8 s3", 4, 1, true),
          decode<128, kWide, 4, 3, 2, kQ>("w4 s3", 4, 1, false, 1), decode<128, kWide, 4, 3, 2, kQ>("w4 s3", 4, 1, true, 1),
          decode<128, kWide, 4, 3, 2, kQ>("w4 s3", 2, 1, true, 1),  decode<128, kWide, 4, 3, 2, kQ>("w4 s3", 1, 1, true, 1),
          // more CTAs than fit at once: the hardware hands out shares as multiprocessors become free
          decode<128, kWide, 4, 3, 2, kQ>("w4 s3", 16, 8, true, 2), decode<128, kWide, 4, 3, 2, kQ>("w4 s3", 24, 8, true, 2),
          decode<128, kWide, 8, 3, 1, kQ>("w8 s3", 8, 4, true, 2),  decode<128, kWide, 8, 3, 1, kQ>("w8 s3", 16, 4, true, 2)};
#if PART == 9
  wide.push_back(decode<128, 7, 4, 3, 2, kQ>("w4 s3 c56", 8, 2, true));
  wide.push_back(decode<128, 7, 8, 3, 1, kQ>("w8 s3 c56", 4, 1, true));
#endif
  more = wide;
#if PART == 3
  for (auto& v : {decode<64, 2, 4, 3, 2, true>("D64", 8, 1, true), decode<80, 2, 4, 3, 2, true>("D80", 8, 1, false),
                  decode<96, 3, 4, 3, 2, true>("D96", 8, 2, true), decode<256, 1, 4, 2, 1, true>("D256", 4, 1, false),
                  decode<64, 8, 8, 3, 1, false>("D64 wide", 4, 1, true)})
    more.push_back(v);
#endif
  DecodeBench bench(s);
  int failed = bench.tails(more);
  if (s.tails_only) return failed;
  for (auto [heads, kv_heads] : {std::pair<int, int>{12, 2}, {28, 4}})
    for (int B : {1, 16, 64})
      for (int context : {512, 2048, 8192, 32768}) {
        if (heads == 12) bench.rival(B, PART, context);
        const bool small = double(B) * context * kv_heads * 512 < 70e6;
        for (const DecodeVariant& v : wide)
          if (v.where == 0 || small == (v.where == 1)) bench.time(B, PART, context, heads, kv_heads, v, true);
        if (small) bench.time(B, PART, context, heads, kv_heads, wide[0], false);
        else if (B == 16 && context == 8192) bench.time(B, PART, context, heads, kv_heads, wide[0], true, true);
      }
  s.summary();
  return failed;
}

}  // namespace twins

int main(int argc, char** argv) {
  try {
    twins::Session session(argc, argv, 5, 1);
    return twins::run(session);
  } catch (const std::exception& e) {
    std::printf("ERROR %s\n", e.what());
    return 1;
  }
}
