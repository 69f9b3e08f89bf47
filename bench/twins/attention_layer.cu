// What a whole decode step costs: 28 layers of the 1.5B shape and the head in one CUDA graph, random weights, one sequence, 1, 3 or 9 rows.
//
// Five kernels a layer: norm+qkv+rotation+cache, attention (its merge inside it or as a sixth), o+residual, norm+gate-up+swiglu,
// down+residual. Floor: weights 3.087 GB + KV 28 KB a token of context, at ~3.07 TB/s 1.01 ms at context 512, 1.04 ms at 4096;
// 70 % of it is 1.44 and 1.49 ms. What stands between are ~142 hand-overs of ~2 us in which memory idles; three ways to shorten them are
// compared: programmatic dependent launch (W is asked for before the previous kernel ends), smaller CTAs (so that the next kernel's fit
// beside the last one's), and prefetching the next kernel's first megabytes into L2 ("ahead") from the kernel at hand.
// Checked against a plain float32 step (attention_layer_check.cuh), one layer and all layers, and for equal bits over replays.
#include "attention_decode.cuh"
#include "attention_layer.cuh"
#include "attention_layer_check.cuh"

namespace twins {

struct ModelShape { int H, heads, kv_heads, D, inner, layers, vocabulary; };

struct StepOptions {
  std::string name;
  bool dependent = true;
  int ahead_mb = 0;
  int linears = 0;       // 0: the fastest alone; 1: small CTAs
  int quarters = 4;      // attention: CTAs in quarters of the multiprocessors
  int least = 1;
  bool here = true;
  unsigned parts = 127;  // 1 start, 2 qkv, 4 attention, 8 o, 16 gate-up, 32 down, 64 head
  int layers = 0;        // 0: all
};

// Random weights and cache, and the launches of a step.
struct DecodeModel {
  Session& s;
  ModelShape shape;
  int rows, capacity, length;
  bf16 *weights = nullptr, *small = nullptr, *cache = nullptr, *x, *q, *o, *h, *logits;
  float2* rotation;
  int *lengths, *tokens;
  unsigned long long* ancestors;
  static constexpr float kEpsilon = 1e-6f, kLog2Theta = 13.287712f;   // theta 10000
  static constexpr int kMostRows = 16;

  size_t qkv_size() const { return size_t(shape.heads + 2 * shape.kv_heads) * shape.D * shape.H; }
  size_t o_size() const { return size_t(shape.H) * shape.heads * shape.D; }
  size_t gate_up_size() const { return size_t(2) * shape.inner * shape.H; }
  size_t down_size() const { return size_t(shape.inner) * shape.H; }
  size_t layer_size() const { return qkv_size() + o_size() + gate_up_size() + down_size(); }
  size_t head_size() const { return size_t(shape.vocabulary) * shape.H; }
  size_t weight_count() const { return shape.layers * layer_size() + head_size(); }
  const bf16* qkv(int l) const { return weights + l * layer_size(); }
  const bf16* out(int l) const { return qkv(l) + qkv_size(); }
  const bf16* gate_up(int l) const { return out(l) + o_size(); }
  const bf16* down(int l) const { return gate_up(l) + gate_up_size(); }
  const bf16* head() const { return weights + shape.layers * layer_size(); }
  // Per layer: two gammas and the bias; then the last gamma.
  size_t small_size() const { return 2 * size_t(shape.H) + size_t(shape.heads + 2 * shape.kv_heads) * shape.D; }
  const bf16* gamma(int l, int which) const { return small + l * small_size() + which * shape.H; }
  const bf16* bias(int l) const { return small + l * small_size() + 2 * shape.H; }
  long long kv_head() const { return (long long)capacity * shape.D; }
  long long kv_layer() const { return 2 * shape.kv_heads * kv_head(); }
  bf16* k(int l) const { return cache + l * kv_layer(); }
  bf16* v(int l) const { return k(l) + shape.kv_heads * kv_head(); }

  DecodeModel(Session& session, ModelShape m);
  void set(int new_rows, int context);
  void step(const StepOptions& options);
  void plain(const StepOptions& options, float* scratch) const;
  Ahead rows_of(const bf16* w, int row_elements, int count, double megabytes) const {
    if (megabytes <= 0) return {};
    return {reinterpret_cast<const unsigned char*>(w), std::min(count, int(megabytes * 1e6 / (row_elements * 2))), row_elements / 64,
            row_elements * 2};
  }
  // A piece of gate-up's first waves, gate and up rows: the first piece or the one after it.
  Ahead gate_up_part(int l, double megabytes, int piece) const {
    const int half = int(down_size() * 2), lines = std::min(int(megabytes * 5e5 / 128), half / 256);
    return {reinterpret_cast<const unsigned char*>(gate_up(l)) + size_t(piece) * lines * 128, 2, lines, half};
  }
  template <int NT> void linears(int l, const StepOptions& o, int which);
  template <int NT> void attention(int l, const StepOptions& o);
  template <int NT> void last(const StepOptions& o);
};

// scale x normal, plus `shift`.
static __global__ void fill_scaled(uint32_t* pairs, size_t count, uint32_t seed, float scale, float shift) {
  for (size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x; i < count; i += size_t(gridDim.x) * blockDim.x) {
    const uint32_t h = hash32(uint32_t(i) * 2u + seed), k = hash32(h ^ uint32_t(i >> 31) ^ 0x9e3779b9u);
    const float radius = scale * sqrtf(-2.0f * logf((float(h >> 8) + 0.5f) * 5.9604645e-8f)), angle = float(k >> 8) * (6.2831853f * 5.9604645e-8f);
    pairs[i] = pack_bf16(shift + radius * cosf(angle), shift + radius * sinf(angle));
  }
}

DecodeModel::DecodeModel(Session& session, ModelShape m) : s(session), shape(m) {
  auto fill = [&](bf16* p, size_t count, uint32_t seed, float scale, float shift) {
    launch(fill_scaled, dim3(s.tails_only ? 4 : 2048), 256, 0, s.stream, false, reinterpret_cast<uint32_t*>(p), count / 2, seed, scale, shift);
  };
  CU(cudaMalloc(&weights, weight_count() * 2));
  CU(cudaMalloc(&small, (shape.layers + 1) * small_size() * 2));
  fill(weights, weight_count(), 5, s.tails_only ? 0.05f : 0.02f, 0);
  for (int l = 0; l <= shape.layers; ++l) {
    fill(small + l * small_size(), 2 * shape.H, 100 + l, 0.1f, 1);
    fill(small + l * small_size() + 2 * shape.H, small_size() - 2 * shape.H, 200 + l, 0.02f, 0);
  }
  cache = reinterpret_cast<bf16*>(s.input);
  bf16* at = reinterpret_cast<bf16*>(s.output);
  x = at, q = x + kMostRows * shape.H, o = q + kMostRows * shape.heads * shape.D, h = o + kMostRows * shape.heads * shape.D;
  logits = h + kMostRows * shape.inner;
  CU(cudaMalloc(&rotation, kMostRows * shape.D * sizeof(float2)));
  CU(cudaMalloc(&lengths, sizeof(int)));
  CU(cudaMalloc(&tokens, kMostRows * sizeof(int)));
  CU(cudaMalloc(&ancestors, kMostRows * 8));
}

// Rows of a new level of a tree of width three; context includes them.
void DecodeModel::set(int new_rows, int context) {
  rows = new_rows, length = context - rows, capacity = context;
  if (shape.layers * kv_layer() * 2 > (long long)s.input_bytes) throw std::runtime_error("the cache does not fit");
  std::vector<int> host(kMostRows);
  std::vector<unsigned long long> masks(kMostRows);
  for (int r = 0; r < kMostRows; ++r) host[r] = (r * 7919 + 13) % shape.vocabulary, masks[r] = 1ull << r | (r >= 3 ? 1ull << (r - 3) / 3 : 0);
  CU(cudaMemcpyAsync(tokens, host.data(), kMostRows * sizeof(int), cudaMemcpyHostToDevice, s.stream));
  CU(cudaMemcpyAsync(ancestors, masks.data(), kMostRows * 8, cudaMemcpyHostToDevice, s.stream));
  CU(cudaMemcpyAsync(lengths, &length, sizeof(int), cudaMemcpyHostToDevice, s.stream));
  CU(cudaStreamSynchronize(s.stream));
}

template <int NT, int U, int WARPS, int BUFFERS, bool XREG, int ROWS, int EPILOGUE, bool NORM>
void enqueue(Session& s, const LayerLinear& a, bool dependent) {
  const int tiles = EPILOGUE == kSwiGlu || EPILOGUE == kQkv ? a.N / 16 : ceil_div(a.N, ROWS);
  if (XREG && a.K > 64 * U * WARPS) throw std::runtime_error("K is too long for x in registers");
  launch(layer_linear<NT, U, WARPS, BUFFERS, XREG, ROWS, EPILOGUE, NORM>, dim3(std::min(tiles, s.multiprocessors)), WARPS * 32,
         size_t(2 * WARPS * NT * 8 * 20 + WARPS * NT * 8) * 4, s.stream, dependent, a);
}

// which: a bit of `parts`.
template <int NT>
void DecodeModel::linears(int l, const StepOptions& opt, int which) {
  LayerLinear a = {};
  a.M = rows, a.epsilon = kEpsilon;
  const bool small_ctas = opt.linears == 1;
  const double ahead = opt.ahead_mb;
  if (which == 2) {
    a.x = x, a.w = qkv(l), a.gamma = gamma(l, 0), a.y = q, a.N = int(qkv_size() / shape.H), a.K = shape.H;
    a.bias = bias(l), a.rotation = rotation, a.lengths = lengths, a.k = k(l), a.v = v(l);
    a.rows = rows, a.heads = shape.heads, a.kv_heads = shape.kv_heads, a.D = shape.D, a.kv_sequence = shape.kv_heads * kv_head(), a.kv_head = kv_head();
    a.ahead = rows_of(out(l), shape.heads * shape.D, shape.H, ahead);
    if (NT == 2) enqueue<NT, 2, 12, 1, true, 16, kQkv, true>(s, a, opt.dependent);
    else if (small_ctas) enqueue<NT, 3, 8, 1, true, 16, kQkv, true>(s, a, opt.dependent);
    else enqueue<NT, 1, 24, 1, true, 16, kQkv, true>(s, a, opt.dependent);
  } else if (which == 8) {
    a.x = o, a.w = out(l), a.y = x, a.N = shape.H, a.K = shape.heads * shape.D;
    a.ahead = gate_up_part(l, ahead, 1);     // attention asks for piece 0
    if (NT == 2) enqueue<NT, 2, 12, 1, true, 12, kResidual, false>(s, a, opt.dependent);
    else if (small_ctas) enqueue<NT, 3, 8, 1, true, 12, kResidual, false>(s, a, opt.dependent);
    else enqueue<NT, 1, 24, 1, true, 12, kResidual, false>(s, a, opt.dependent);
  } else if (which == 16) {
    a.x = x, a.w = gate_up(l), a.gamma = gamma(l, 1), a.y = h, a.N = 2 * shape.inner, a.K = shape.H;
    a.ahead = rows_of(down(l), shape.inner, shape.H, 1e9);
    a.ahead.lines = std::min(a.ahead.lines, int(ahead * 1e6 / 128 / shape.H));
    if (NT == 2) enqueue<NT, 2, 12, 2, true, 16, kSwiGlu, true>(s, a, opt.dependent);
    else enqueue<NT, 3, 8, 2, true, 16, kSwiGlu, true>(s, a, opt.dependent);
  } else {
    a.x = h, a.w = down(l), a.y = x, a.N = shape.H, a.K = shape.inner;
    a.ahead = l + 1 < shape.layers ? rows_of(qkv(l + 1), shape.H, int(qkv_size() / shape.H), ahead) : rows_of(head(), shape.H, shape.vocabulary, ahead);
    if (NT == 2) enqueue<NT, 2, 10, 2, false, 12, kResidual, false>(s, a, opt.dependent);
    else enqueue<NT, 2, 14, 2, false, 12, kResidual, false>(s, a, opt.dependent);
  }
}

template <int NT>
void DecodeModel::attention(int l, const StepOptions& opt) {
  constexpr bool kInRegisters = NT <= 4;
  using Shape = DecodeShape<128, NT, 4, 3, kInRegisters>;
  DecodeArguments a = {};
  a.q = q, a.k = k(l), a.v = v(l), a.o = o, a.lengths = lengths, a.ancestors = ancestors;
  a.sequences = 1, a.rows = rows, a.heads = shape.heads, a.kv_heads = shape.kv_heads;
  a.kv_sequence = shape.kv_heads * kv_head(), a.kv_head = kv_head(), a.kv_token = shape.D;
  a.scale_log2 = float(1.4426950408889634 / std::sqrt(double(shape.D)));
  a.least_tiles = opt.least, a.merge_here = opt.here;
  a.partial_o = s.workspace, a.partial_ml = reinterpret_cast<float2*>(s.workspace + s.workspace_bytes / 16), a.arrivals = s.counters;
  a.ahead = gate_up_part(l, opt.ahead_mb, 0);
  const int grid = std::max(1, s.multiprocessors * opt.quarters / 4);
  launch(tree_attention<128, NT, 4, 3, 2, kInRegisters>, dim3(grid), 128, Shape::kSharedBytes, s.stream, opt.dependent, a);
  if (!opt.here)
    launch(merge_partials<128, NT, Shape::kKeys, 256>, dim3(rows * shape.heads), 256, 8 * 132 * 4, s.stream, opt.dependent, a, grid);
}

template <int NT>
void DecodeModel::last(const StepOptions& opt) {
  LayerLinear a = {};
  a.M = rows, a.epsilon = kEpsilon, a.x = x, a.w = head(), a.gamma = gamma(shape.layers, 0), a.y = logits, a.N = shape.vocabulary, a.K = shape.H;
  enqueue<NT, 2, 12, 2, true, 16, kPlain, true>(s, a, opt.dependent);
}

void DecodeModel::step(const StepOptions& opt) {
  if (opt.parts & 1)
    launch(layer_start, dim3(rows), 256, 0, s.stream, opt.dependent, tokens, lengths, ancestors, head(), x, rotation, rows, shape.H, shape.D,
           kLog2Theta);
  for (int l = 0; l < (opt.layers ? opt.layers : shape.layers); ++l) {
    for (int which : {2, 4, 8, 16, 32}) {
      if (!(opt.parts & which)) continue;
      if (which != 4) rows > 8 ? linears<2>(l, opt, which) : linears<1>(l, opt, which);
      else if (rows * (shape.heads / shape.kv_heads) <= 8) attention<1>(l, opt);
      else if (rows * (shape.heads / shape.kv_heads) <= 24) attention<3>(l, opt);
      else attention<7>(l, opt);
    }
  }
  if (opt.parts & 64) rows > 8 ? last<2>(opt) : last<1>(opt);
}

// The same step, plainly; the logits are left at the start of `scratch`.
void DecodeModel::plain(const StepOptions& opt, float* scratch) const {
  const int M = rows, H = shape.H, QKV = (shape.heads + 2 * shape.kv_heads) * shape.D, O = shape.heads * shape.D;
  float *out_logits = scratch, *px = out_logits + size_t(M) * shape.vocabulary, *pn = px + M * H, *pqkv = pn + M * H, *po = pqkv + M * QKV;
  float *pg = po + M * O, *ph = pg + size_t(M) * 2 * shape.inner, *pw = ph + size_t(M) * shape.inner;
  auto linear = [&](const float* in, const bf16* w, const bf16* b, float* y, int N, int K, int add) {
    launch(plain_linear, dim3(ceil_div(N, 8)), 256, 0, s.stream, false, in, w, b, y, M, N, K, add);
  };
  launch(plain_embed, dim3(M), 128, 0, s.stream, false, tokens, head(), px, H);
  for (int l = 0; l < (opt.layers ? opt.layers : shape.layers); ++l) {
    launch(plain_norm, dim3(M), 128, 0, s.stream, false, px, gamma(l, 0), pn, H, kEpsilon);
    linear(pn, qkv(l), bias(l), pqkv, QKV, H, 0);
    launch(plain_rotate, dim3(M), 128, 0, s.stream, false, pqkv, lengths, ancestors, rows, shape.heads, shape.kv_heads, shape.D, kLog2Theta);
    launch(plain_attention, dim3(M * shape.heads), 128, 0, s.stream, false, pqkv, k(l), v(l), lengths, ancestors, po, pw, capacity, rows,
           shape.heads, shape.kv_heads, shape.D, shape.kv_heads * kv_head(), kv_head(), float(1 / std::sqrt(double(shape.D))));
    linear(po, out(l), nullptr, px, H, O, 1);
    launch(plain_norm, dim3(M), 128, 0, s.stream, false, px, gamma(l, 1), pn, H, kEpsilon);
    linear(pn, gate_up(l), nullptr, pg, 2 * shape.inner, H, 0);
    launch(plain_swiglu, dim3(M), 128, 0, s.stream, false, pg, ph, shape.inner);
    linear(ph, down(l), nullptr, px, H, shape.inner, 1);
  }
  launch(plain_norm, dim3(M), 128, 0, s.stream, false, px, gamma(shape.layers, 0), pn, H, kEpsilon);
  linear(pn, head(), nullptr, out_logits, shape.vocabulary, H, 0);
}

struct LayerBench {
  Session& s;
  Checker checker;
  DecodeModel model;
  LayerBench(Session& session, ModelShape shape) : s(session), checker(session), model(session, shape) {}

  float* scratch() const { return s.workspace + s.workspace_bytes / 8; }
  void check(Row& row, double norm) {
    const size_t total = size_t(model.rows) * model.shape.vocabulary;
    const int samples = int(std::min<size_t>(kSamples, total));
    launch(pair_up, dim3(checker.blocks()), 256, 0, s.stream, false, scratch(), model.logits, samples, total, checker.pairs);
    checker.compare(samples, 8 * norm, norm, row);
  }

  // One layer, without and with dependent launches: right or wrong.
  int tails(const std::vector<StepOptions>& options, const std::vector<std::pair<int, int>>& cases) {
    int failed = 0;
    for (auto [rows, context] : cases)
      for (StepOptions opt : options) {
        s.guard("layer " + opt.name, [&, rows = rows, context = context] {
          ++failed;
          Row row;
          row.kernel = "layer", row.shape = "n" + std::to_string(rows) + " " + std::to_string(context), row.variant = opt.name;
          model.set(rows, context);
          opt.layers = 1;
          CU(cudaMemsetAsync(model.logits, 0xff, size_t(rows) * model.shape.vocabulary * 2, s.stream));
          model.step(opt);
          model.plain(opt, scratch());
          CU(cudaGetLastError());
          CU(cudaStreamSynchronize(s.stream));
          checker.require_no_poison(model.logits, size_t(rows) * model.shape.vocabulary);
          check(row, 1.5e-2);
          std::printf("  one layer %-10s %-28s right, err %.1e/%.1e\n", row.shape.c_str(), opt.name.c_str(), row.max_error, row.norm_error);
          --failed;
        });
      }
    return failed;
  }

  void time(int rows, int context, const StepOptions& opt) {
    Row row;
    const bool whole = opt.parts == 127;
    row.kernel = whole ? "step" : "part";
    row.shape = "1.5B n" + std::to_string(rows) + " " + std::to_string(context) + (whole ? "" : " " + opt.name);
    row.variant = opt.name;
    s.guard(row.kernel + " " + row.shape + " " + row.variant, [&] {
      model.set(rows, context);
      const ModelShape& m = model.shape;
      double bytes = 0;
      if (opt.parts & 2) bytes += 2.0 * m.layers * model.qkv_size();
      if (opt.parts & 4) bytes += 4.0 * m.layers * m.kv_heads * m.D * double(context);
      if (opt.parts & 8) bytes += 2.0 * m.layers * model.o_size();
      if (opt.parts & 16) bytes += 2.0 * m.layers * model.gate_up_size();
      if (opt.parts & 32) bytes += 2.0 * m.layers * model.down_size();
      if (opt.parts & 64) bytes += 2.0 * model.head_size();
      const size_t total = size_t(rows) * m.vocabulary;
      unsigned long long first = 0;
      const double ms = s.time_graph([&](int) { model.step(opt); }, 1, 30, [&] { CU(cudaMemsetAsync(model.logits, 0xff, total * 2, s.stream)); },
                                     [&] {
                                       if (!whole) return;
                                       checker.require_no_poison(model.logits, total);
                                       model.plain(opt, scratch());
                                       check(row, 8e-2);
                                       first = checker.digest(model.logits, total);
                                     });
      if (whole && checker.digest(model.logits, total) != first) row.note += " NOT REPEATABLE";
      row.us = ms * 1e3;
      row.rate = bytes / ms / 1e6;
      row.unit = "GB/s";
      row.share = row.rate / s.read_gbps;
      if (!whole && !(opt.parts & 64)) {
        char text[64];
        std::snprintf(text, sizeof text, "  = %.2f us a layer", ms * 1e3 / m.layers);
        row.note += text;
      }
      s.add(row);
    });
  }
};

int run(Session& s) {
  auto with = [](const char* name, auto... change) {
    StepOptions o;
    o.name = name;
    (change(o), ...);
    return o;
  };
  auto ahead = [](int mb) { return [mb](StepOptions& o) { o.ahead_mb = mb; }; };
  auto small_ctas = [](StepOptions& o) { o.linears = 1; };
  auto second = [](StepOptions& o) { o.here = false; };
  auto plain_launch = [](StepOptions& o) { o.dependent = false; };
  auto half = [](StepOptions& o) { o.quarters = 2; };
  auto two_tiles = [](StepOptions& o) { o.least = 2; };
  auto only = [](unsigned parts) { return [parts](StepOptions& o) { o.parts = parts; }; };
  const std::vector<StepOptions> options = {
      with("no pdl, merge here", plain_launch), with("pdl, merge here"), with("pdl, merge 2nd", second), with("pdl, small CTAs", small_ctas),
      with("pdl, t2", two_tiles), with("pdl, g2/4 t2", two_tiles, half), with("pdl, ahead 3", ahead(3)), with("pdl, ahead 6", ahead(6)),
      with("pdl, ahead 12", ahead(12)), with("pdl, small, ahead 6", small_ctas, ahead(6)), with("no pdl, ahead 6", plain_launch, ahead(6)),
      with("pdl, 2nd, ahead 6", second, ahead(6)), with("pdl, 2nd, ahead 12", second, ahead(12)), with("pdl, 2nd, small", second, small_ctas),
      with("pdl, 2nd, small, ahead 6", second, small_ctas, ahead(6))};
  if (s.tails_only) {
    LayerBench bench(s, {256, 2, 1, 128, 320, 2, 512});
    return bench.tails({options[0], options[2], options[3], options[7]}, {{1, 70}, {3, 130}, {9, 200}});
  }
  LayerBench bench(s, {1536, 12, 2, 128, 8960, 28, 151936});
  const int failed = bench.tails({options[1], options[2], options[7], options[9]}, {{1, 512}, {3, 500}, {9, 1000}});
  for (int context : {512, 4096})
    for (int rows : {1, 3, 9})
      for (const StepOptions& o : options) bench.time(rows, context, o);
  for (int rows : {1, 9})
    for (auto [name, part] : {std::pair<const char*, unsigned>{"qkv", 2}, {"attention", 4}, {"o", 8}, {"gate-up", 16}, {"down", 32}, {"head", 64},
                              {"all but attention", 127 & ~4u}, {"o+gate-up+down", 56}, {"qkv+attention+o", 14}})
      bench.time(rows, 512, with(name, only(part)));
  bench.time(1, 4096, with("attention", only(4)));
  bench.time(1, 4096, with("attention, 2nd", only(4), second));
  bench.time(9, 4096, with("attention", only(4)));
  s.summary();
  return failed;
}

}  // namespace twins

int main(int argc, char** argv) {
  try {
    twins::Session session(argc, argv, 1, 1);
    return twins::run(session);
  } catch (const std::exception& e) {
    std::printf("ERROR %s\n", e.what());
    return 1;
  }
}
