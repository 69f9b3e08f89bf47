// Softmax over the last axis: y[r,c] = exp(x[r,c] - max_r) / sum_c exp(x[r,c] - max_r), f32 or bf16, float32 inside.
//
// Bytes: one read and one write an element, if a row stays on chip; exp costs one ex2 an element, 16 a cycle and
// multiprocessor (~3.7e12/s on the chip): far above the ~0.8e12 bf16 elements/s that memory delivers. Memory-bound.
//   registers: a CTA holds a whole row in registers (cols <= THREADS x PIECES x 16 bytes): read once, written once.
//   online:    a CTA a row of any length: one pass keeps a running maximum and rescaled sum (Milakov and Gimelshein 2018), a
//              second pass re-reads the row, which L2 still holds, and writes. Right for many rows.
//   split:     a vocabulary row (151936) of one CTA would move at one multiprocessor's speed (~100 GB/s: 6 us); for few rows
//              the row is cut over CTAs: kernel one writes (max, sum) of each part, kernel two combines them and
//              normalises its part. Two launches, the second re-reads from L2. No atomics.
#include <type_traits>
#include <utility>

#include "check.cuh"

namespace twins {

constexpr float kLog2E = 1.4426950408889634f;
template <class T> struct Elements;   // 16 bytes as floats
template <> struct Elements<float> {
  static constexpr int kCount = 4;
  __device__ static void unpack(uint4 v, float (&f)[4]) {
    f[0] = __uint_as_float(v.x), f[1] = __uint_as_float(v.y), f[2] = __uint_as_float(v.z), f[3] = __uint_as_float(v.w);
  }
  __device__ static uint4 pack(const float (&f)[4]) {
    return make_uint4(__float_as_uint(f[0]), __float_as_uint(f[1]), __float_as_uint(f[2]), __float_as_uint(f[3]));
  }
};
template <> struct Elements<bf16> {
  static constexpr int kCount = 8;
  __device__ static void unpack(uint4 v, float (&f)[8]) {
    const uint32_t w[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) f[2 * i] = low_float(w[i]), f[2 * i + 1] = high_float(w[i]);
  }
  __device__ static uint4 pack(const float (&f)[8]) {
    return make_uint4(pack_bf16(f[0], f[1]), pack_bf16(f[2], f[3]), pack_bf16(f[4], f[5]), pack_bf16(f[6], f[7]));
  }
};

// (m, s) stands for s exp(m): m a running maximum in units of log2, s the sum of exp2 relative to it.
struct Partial { float max, sum; };
__device__ __forceinline__ Partial combine(Partial a, Partial b) {
  const float m = fmaxf(a.max, b.max);
  return {m, m == -INFINITY ? 0.0f : a.sum * fast_exp2(a.max - m) + b.sum * fast_exp2(b.max - m)};
}
template <int THREADS>
__device__ __forceinline__ Partial combine_group(Partial p) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1)
    p = combine(p, {__shfl_xor_sync(0xffffffffu, p.max, d), __shfl_xor_sync(0xffffffffu, p.sum, d)});
  Partial* parts = reinterpret_cast<Partial*>(dynamic_shared());
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = p;
  __syncthreads();
  p = parts[0];
  for (int i = 1; i < THREADS / 32; ++i) p = combine(p, parts[i]);
  return p;
}

template <class T, int THREADS, int PIECES>
__global__ void __launch_bounds__(THREADS) softmax_registers(const T* x, T* y, int cols) {
  constexpr int E = Elements<T>::kCount;
  const T* from = x + size_t(blockIdx.x) * cols;
  T* to = y + size_t(blockIdx.x) * cols;
  const int pieces = cols / E;
  launch_dependents();
  dependency_wait();
  uint4 raw[PIECES];
#pragma unroll
  for (int i = 0; i < PIECES; ++i)
    raw[i] = load16_if<kDefault>(from + size_t(threadIdx.x + i * THREADS) * E, int(threadIdx.x) + i * THREADS < pieces);
  float m = -INFINITY;
#pragma unroll
  for (int i = 0; i < PIECES; ++i) {
    float f[E];
    Elements<T>::unpack(raw[i], f);
    if (int(threadIdx.x) + i * THREADS < pieces)
#pragma unroll
      for (int e = 0; e < E; ++e) m = fmaxf(m, f[e]);
  }
  m *= kLog2E;
  float sum = 0;
#pragma unroll
  for (int i = 0; i < PIECES; ++i) {
    float f[E];
    Elements<T>::unpack(raw[i], f);
    if (int(threadIdx.x) + i * THREADS < pieces)
#pragma unroll
      for (int e = 0; e < E; ++e) sum += fast_exp2(fmaf(f[e], kLog2E, -m));
  }
  const Partial all = combine_group<THREADS>({m, sum});
  const float scale = 1.0f / all.sum;
#pragma unroll
  for (int i = 0; i < PIECES; ++i) {
    float f[E];
    Elements<T>::unpack(raw[i], f);
#pragma unroll
    for (int e = 0; e < E; ++e) f[e] = fast_exp2(fmaf(f[e], kLog2E, -all.max)) * scale;
    if (int(threadIdx.x) + i * THREADS < pieces)
      store16<kDefault>(to + size_t(threadIdx.x + i * THREADS) * E, Elements<T>::pack(f));
  }
}

// (max, sum) of pieces [begin, end), UNROLL loads in flight a thread.
template <class T, int THREADS, int UNROLL>
__device__ __forceinline__ Partial reduce_pieces(const T* from, int begin, int end) {
  constexpr int E = Elements<T>::kCount;
  Partial p{-INFINITY, 0};
  for (int base = begin + threadIdx.x; base < end; base += THREADS * UNROLL) {
    uint4 raw[UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; ++u) raw[u] = load16_if<kDefault>(from + size_t(base + u * THREADS) * E, base + u * THREADS < end);
    float m = p.max;
#pragma unroll
    for (int u = 0; u < UNROLL; ++u) {
      float f[E];
      Elements<T>::unpack(raw[u], f);
      if (base + u * THREADS < end)
#pragma unroll
        for (int e = 0; e < E; ++e) m = fmaxf(m, f[e] * kLog2E);
    }
    p.sum *= p.max == m ? 1.0f : fast_exp2(p.max - m);   // the test keeps -inf - -inf out
    p.max = m;
#pragma unroll
    for (int u = 0; u < UNROLL; ++u) {
      float f[E];
      Elements<T>::unpack(raw[u], f);
      if (base + u * THREADS < end)
#pragma unroll
        for (int e = 0; e < E; ++e) p.sum += fast_exp2(fmaf(f[e], kLog2E, -m));
    }
  }
  return p;
}

template <class T, int THREADS, int UNROLL>
__device__ __forceinline__ void normalize_pieces(const T* from, T* to, int begin, int end, Partial all) {
  constexpr int E = Elements<T>::kCount;
  const float scale = 1.0f / all.sum;
  for (int base = begin + threadIdx.x; base < end; base += THREADS * UNROLL) {
    uint4 raw[UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; ++u) raw[u] = load16_if<kDefault>(from + size_t(base + u * THREADS) * E, base + u * THREADS < end);
#pragma unroll
    for (int u = 0; u < UNROLL; ++u) {
      float f[E];
      Elements<T>::unpack(raw[u], f);
#pragma unroll
      for (int e = 0; e < E; ++e) f[e] = fast_exp2(fmaf(f[e], kLog2E, -all.max)) * scale;
      if (base + u * THREADS < end) store16<kStreaming>(to + size_t(base + u * THREADS) * E, Elements<T>::pack(f));
    }
  }
}

template <class T, int THREADS, int UNROLL>
__global__ void __launch_bounds__(THREADS) softmax_online(const T* x, T* y, int cols) {
  const size_t row = size_t(blockIdx.x) * cols;
  const int pieces = cols / Elements<T>::kCount;
  launch_dependents();
  dependency_wait();
  const Partial all = combine_group<THREADS>(reduce_pieces<T, THREADS, UNROLL>(x + row, 0, pieces));
  normalize_pieces<T, THREADS, UNROLL>(x + row, y + row, 0, pieces, all);
}

template <class T, int THREADS, int UNROLL>
__global__ void __launch_bounds__(THREADS) softmax_split_reduce(const T* x, Partial* parts, int cols) {
  const int pieces = cols / Elements<T>::kCount, per = (pieces + gridDim.x - 1) / gridDim.x, begin = blockIdx.x * per;
  launch_dependents();
  dependency_wait();
  const Partial p =
      combine_group<THREADS>(reduce_pieces<T, THREADS, UNROLL>(x + size_t(blockIdx.y) * cols, begin, min(pieces, begin + per)));
  if (threadIdx.x == 0) parts[blockIdx.y * gridDim.x + blockIdx.x] = p;
}
template <class T, int THREADS, int UNROLL>
__global__ void __launch_bounds__(THREADS) softmax_split_normalize(const T* x, T* y, const Partial* parts, int cols) {
  const int pieces = cols / Elements<T>::kCount, per = (pieces + gridDim.x - 1) / gridDim.x, begin = blockIdx.x * per;
  launch_dependents();
  dependency_wait();
  Partial p{-INFINITY, 0};
  for (int i = threadIdx.x; i < int(gridDim.x); i += THREADS) p = combine(p, parts[blockIdx.y * gridDim.x + i]);
  p = combine_group<THREADS>(p);
  const size_t row = size_t(blockIdx.y) * cols;
  normalize_pieces<T, THREADS, UNROLL>(x + row, y + row, begin, min(pieces, begin + per), p);
}

// ---- reference: float64 (max, sum) of every row, then sampled outputs
inline __device__ double value_of(const float* p, size_t i) { return p[i]; }
inline __device__ double value_of(const bf16* p, size_t i) { return to_float(p[i]); }
template <class T>
__global__ void reference_rows(const T* x, int rows, int cols, double* maxima, double* sums) {
  const int warps = gridDim.x * (blockDim.x / 32), lane = threadIdx.x % 32;
  for (int r = (blockIdx.x * blockDim.x + threadIdx.x) / 32; r < rows; r += warps) {
    double m = -1e300, sum = 0;
    for (int c = lane; c < cols; c += 32) m = fmax(m, value_of(x, size_t(r) * cols + c));
    for (int d = 16; d > 0; d >>= 1) m = fmax(m, __shfl_xor_sync(0xffffffffu, m, d));
    for (int c = lane; c < cols; c += 32) sum += exp(value_of(x, size_t(r) * cols + c) - m);
    sum = warp_sum_f64(sum);
    if (lane == 0) maxima[r] = m, sums[r] = sum;
  }
}
template <class T>
__global__ void reference_softmax(const T* x, const T* y, int rows, int cols, const double* maxima, const double* sums,
                                  int samples, double* pairs) {
  for (int s = blockIdx.x * blockDim.x + threadIdx.x; s < samples; s += gridDim.x * blockDim.x) {
    const size_t at = sample_place(s, size_t(rows) * cols);
    pairs[2 * s] = exp(value_of(x, at) - maxima[at / cols]) / sums[at / cols];
    pairs[2 * s + 1] = value_of(y, at);
  }
}

template <class T>
struct SoftmaxVariant {
  std::string name;
  const void* kernel;
  int most_cols, most_rows;
  std::function<void(cudaStream_t, bool, const T*, T*, int rows, int cols)> run;
};
template <class T, int THREADS, int PIECES>
SoftmaxVariant<T> registers(const char* name) {
  auto kernel = softmax_registers<T, THREADS, PIECES>;
  return {name, reinterpret_cast<const void*>(kernel), THREADS * PIECES * Elements<T>::kCount, 1 << 30,
          [=](cudaStream_t st, bool pdl, const T* x, T* y, int rows, int cols) {
            launch(kernel, dim3(rows), THREADS, THREADS / 4, st, pdl, x, y, cols);
          }};
}
template <class T, int THREADS, int UNROLL>
SoftmaxVariant<T> online(const char* name) {
  auto kernel = softmax_online<T, THREADS, UNROLL>;
  return {name, reinterpret_cast<const void*>(kernel), 1 << 30, 1 << 30,
          [=](cudaStream_t st, bool pdl, const T* x, T* y, int rows, int cols) {
            launch(kernel, dim3(rows), THREADS, THREADS / 4, st, pdl, x, y, cols);
          }};
}
template <class T, int THREADS, int UNROLL>
SoftmaxVariant<T> split(Session& s, const char* name, int ctas) {
  auto reduce = softmax_split_reduce<T, THREADS, UNROLL>;
  auto normalize = softmax_split_normalize<T, THREADS, UNROLL>;
  return {name, reinterpret_cast<const void*>(normalize), 1 << 30, 4096,
          [=, &s](cudaStream_t st, bool pdl, const T* x, T* y, int rows, int cols) {
            const int splits = std::max(1, std::min(s.multiprocessors * ctas / rows, ceil_div(cols, THREADS * 8)));
            Partial* parts = reinterpret_cast<Partial*>(s.workspace);
            launch(reduce, dim3(splits, rows), THREADS, THREADS / 4, st, pdl, x, parts, cols);
            launch(normalize, dim3(splits, rows), THREADS, THREADS / 4, st, pdl, x, y, static_cast<const Partial*>(parts), cols);
          }};
}

int failures = 0;

template <class T>
void bench(Session& s, Checker& checker, const char* type, const std::vector<SoftmaxVariant<T>>& variants) {
  using Bits = std::conditional_t<sizeof(T) == 2, uint16_t, uint32_t>;
  double* maxima = nullptr;
  CU(cudaMalloc(&maxima, 2 * 8192 * sizeof(double)));
  double* sums = maxima + 8192;
  const T* x = reinterpret_cast<const T*>(s.input);
  T* y = reinterpret_cast<T*>(s.output);
  auto verify = [&](const T* in, const T* out, int rows, int cols, Row& row) {
    checker.require_no_poison<Bits>(out, size_t(rows) * cols);
    const int samples = int(std::min<size_t>(kSamples, size_t(rows) * cols));
    launch(reference_rows<T>, dim3(s.tails_only ? 4 : 2048), 128, 0, s.stream, false, in, rows, cols, maxima, sums);
    launch(reference_softmax<T>, dim3(checker.blocks()), 128, 0, s.stream, false, in, out, rows, cols,
           static_cast<const double*>(maxima), static_cast<const double*>(sums), samples, checker.pairs);
    const bool narrow = sizeof(T) == 2;
    checker.compare(samples, narrow ? 6e-3 : 2e-5, narrow ? 3e-3 : 5e-6, row);
  };
  for (const auto& v : variants) {
    int right = 0, tried = 0;
    for (auto [rows, cols] : std::vector<std::pair<int, int>>{{1, 8}, {3, 40}, {5, 1024}, {2, 4096}, {33, 136}, {2, 9000}}) {
      if (cols > v.most_cols) continue;
      ++tried;
      s.guard(std::string("softmax tails ") + type + " " + v.name, [&, rows = rows, cols = cols] {
        ++failures;
        Row row;
        const size_t bytes = size_t(rows) * cols * sizeof(T);
        CU(cudaMemsetAsync(y, 0xff, bytes + 4, s.stream));
        v.run(s.stream, false, x, y, rows, cols);
        CU(cudaGetLastError());
        verify(x, y, rows, cols, row);
        uint32_t guard = 0;
        CU(cudaMemcpyAsync(&guard, s.output + bytes, 4, cudaMemcpyDeviceToHost, s.stream));
        CU(cudaStreamSynchronize(s.stream));
        if (guard != 0xffffffffu) throw std::runtime_error("wrote past the last row");
        ++right;
        --failures;
      });
    }
    std::printf("  tails softmax  %s %-19s %d of %d shapes right\n", type, v.name.c_str(), right, tried);
  }
  if (s.tails_only) return;
  for (int cols : {4096, 151936})
    for (int rows : {1, 8, 64, 1024}) {
      if (cols > 4096 && rows > 64) rows = 256;
      for (const auto& v : variants)
        for (bool dependent : {false, true}) {
          if (cols > v.most_cols || rows > v.most_rows) continue;
          s.guard("softmax", [&] {
            Row row;
            row.kernel = "softmax";
            row.shape = std::string(type) + " " + std::to_string(rows) + "x" + std::to_string(cols);
            row.variant = v.name + (dependent ? " +pdl" : "");
            row.unit = "GB/s";
            const size_t elements = size_t(rows) * cols, bytes = elements * sizeof(T);
            const int calls = std::max(2, std::min(64, ceil_div(256 << 20, bytes)));
            double ms = s.time_graph(
                [&](int i) { v.run(s.stream, dependent, x + i * elements, y + i * elements, rows, cols); }, calls, 15,
                [&] { CU(cudaMemsetAsync(y, 0xff, calls * bytes, s.stream)); },
                [&] {
                  checker.require_no_poison<Bits>(y, calls * elements);
                  verify(x + (calls - 1) * elements, y + (calls - 1) * elements, rows, cols, row);
                });
            row.us = ms * 1e3;
            row.rate = 2.0 * bytes / ms / 1e6;
            row.share = row.rate / s.read_gbps;
            s.attributes(row, v.kernel);
            s.add(row);
          });
        }
    }
  CU(cudaFree(maxima));
}

int run(Session& s) {
  Checker checker(s);
  bench<float>(s, checker, "f32",
               {registers<float, 256, 4>("registers 256x4"), registers<float, 512, 2>("registers 512x2"),
                online<float, 1024, 4>("online 1024 u4"), online<float, 512, 4>("online 512 u4"),
                split<float, 256, 4>(s, "split 256 u4 x4", 4), split<float, 512, 4>(s, "split 512 u4 x2", 2)});
  bench<bf16>(s, checker, "bf16",
              {registers<bf16, 128, 4>("registers 128x4"), registers<bf16, 256, 2>("registers 256x2"),
               registers<bf16, 512, 1>("registers 512x1"), online<bf16, 1024, 4>("online 1024 u4"),
               online<bf16, 512, 4>("online 512 u4"), split<bf16, 256, 4>(s, "split 256 u4 x4", 4),
               split<bf16, 512, 2>(s, "split 512 u2 x2", 2)});
  if (!s.tails_only) s.summary();
  return failures;
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
