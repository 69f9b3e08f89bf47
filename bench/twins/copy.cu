// Copy: y[i] = x[i]. The yardstick of every memory-bound kernel.
//
// Bytes: 2 n (each read once, written once). No arithmetic: the time is bytes over bandwidth once enough loads are in flight.
// Mapping: a thread moves 16 bytes (the widest access), neighbouring threads neighbouring words, so a warp's access is
// four full 128-byte lines.
//   grid-stride: a fixed number of CTAs walks the array; UNROLL independent loads before the first store.
//   one each:    a thread moves UNROLL words, one CTA-width apart, and exits: the hardware's scheduler is the loop.
// Hints: `stream` loads past L1 (ld.global.nc.L1::no_allocate) and stores evict-first (st.global.cs).
// Peer: cudaMemcpyAsync device to device. The read-only ceiling (a sum over 4 GiB) stands beside it.
#include "check.cuh"

namespace twins {

template <int UNROLL, int HINT>
__global__ void __launch_bounds__(512) copy_grid_stride(const uint4* x, uint4* y, size_t words) {
  const size_t stride = size_t(gridDim.x) * blockDim.x;
  size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x;
  launch_dependents();
  dependency_wait();
  for (; i + (UNROLL - 1) * stride < words; i += UNROLL * stride) {
    uint4 v[UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; ++u) v[u] = load16<HINT>(x + i + u * stride);
#pragma unroll
    for (int u = 0; u < UNROLL; ++u) store16<HINT>(y + i + u * stride, v[u]);
  }
  for (; i < words; i += stride) store16<HINT>(y + i, load16<HINT>(x + i));
}

template <int UNROLL, int HINT>
__global__ void __launch_bounds__(512) copy_one_each(const uint4* x, uint4* y, size_t words) {
  const size_t i = blockIdx.x * size_t(blockDim.x) * UNROLL + threadIdx.x;
  launch_dependents();
  dependency_wait();
  uint4 v[UNROLL];
#pragma unroll
  for (int u = 0; u < UNROLL; ++u)
    if (i + u * blockDim.x < words) v[u] = load16<HINT>(x + i + u * blockDim.x);
#pragma unroll
  for (int u = 0; u < UNROLL; ++u)
    if (i + u * blockDim.x < words) store16<HINT>(y + i + u * blockDim.x, v[u]);
}

static __global__ void count_differences(const uint16_t* x, const uint16_t* y, size_t count, unsigned long long* differences) {
  unsigned long long found = 0;
  for (size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x; i < count; i += size_t(gridDim.x) * blockDim.x)
    found += x[i] != y[i];
  if (found) atomicAdd(differences, found);
}

struct CopyVariant {
  std::string name;
  const void* kernel;
  std::function<void(cudaStream_t, const uint4*, uint4*, size_t)> run;
};

template <int UNROLL, int HINT>
CopyVariant grid_stride(Session& s, const char* name, int threads, int ctas) {
  auto kernel = copy_grid_stride<UNROLL, HINT>;
  return {name, reinterpret_cast<const void*>(kernel), [=, &s](cudaStream_t stream, const uint4* x, uint4* y, size_t words) {
            const int grid = std::max(1, std::min(s.multiprocessors * ctas, ceil_div(words, threads)));
            launch(kernel, dim3(grid), threads, 0, stream, false, x, y, words);
          }};
}
template <int UNROLL, int HINT>
CopyVariant one_each(const char* name, int threads) {
  auto kernel = copy_one_each<UNROLL, HINT>;
  return {name, reinterpret_cast<const void*>(kernel), [=](cudaStream_t stream, const uint4* x, uint4* y, size_t words) {
            launch(kernel, dim3(std::max(1, ceil_div(words, threads * UNROLL))), threads, 0, stream, false, x, y, words);
          }};
}

int run(Session& s) {
  Checker checker(s);
  const std::vector<CopyVariant> variants = {grid_stride<1, kDefault>(s, "grid-stride u1 256x8", 256, 8),
                                             grid_stride<4, kDefault>(s, "grid-stride u4 256x4", 256, 4),
                                             grid_stride<4, kStreaming>(s, "grid-stride u4 stream", 256, 4),
                                             grid_stride<8, kStreaming>(s, "grid-stride u8 stream", 512, 2),
                                             one_each<1, kDefault>("one each u1", 256),
                                             one_each<1, kStreaming>("one each u1 stream", 256),
                                             one_each<1, kStreaming>("one each u1 stream 512", 512),
                                             one_each<2, kStreaming>("one each u2 stream", 256),
                                             one_each<4, kDefault>("one each u4", 256),
                                             one_each<4, kStreaming>("one each u4 stream", 256),
                                             one_each<8, kStreaming>("one each u8 stream", 256)};
  auto differences = [&](const void* x, const void* y, size_t bytes) {
    CU(cudaMemsetAsync(checker.scalar, 0, sizeof(unsigned long long), s.stream));
    launch(count_differences, dim3(checker.blocks()), 256, 0, s.stream, false, static_cast<const uint16_t*>(x),
           static_cast<const uint16_t*>(y), bytes / 2, checker.scalar);
    return checker.read_scalar();
  };
  int failed = 0;
  for (const CopyVariant& v : variants) {
    int right = 0;
    for (size_t words : {size_t(1), size_t(31), size_t(257), size_t(4099)})
      s.guard("copy tails " + v.name, [&] {
        ++failed;
        CU(cudaMemsetAsync(s.output, 0xff, words * 16 + 16, s.stream));
        v.run(s.stream, reinterpret_cast<const uint4*>(s.input), reinterpret_cast<uint4*>(s.output), words);
        CU(cudaGetLastError());
        if (differences(s.input, s.output, words * 16)) throw std::runtime_error("wrong at " + std::to_string(words) + " words");
        uint32_t guard = 0;
        CU(cudaMemcpyAsync(&guard, s.output + words * 16, 4, cudaMemcpyDeviceToHost, s.stream));
        CU(cudaStreamSynchronize(s.stream));
        if (guard != 0xffffffffu) throw std::runtime_error("wrote past the end");
        ++right;
        --failed;
      });
    std::printf("  tails copy     %-24s %d of 4 lengths right\n", v.name.c_str(), right);
  }
  if (s.tails_only) return failed;

  for (size_t mib : {4096, 64}) {
    const size_t bytes = mib << 20;
    const int calls = mib == 4096 ? 1 : 16;   // 16 x 64 MiB pass before a buffer comes round again
    auto time = [&](const std::string& name, const void* kernel, bool peer, const std::function<void(int)>& body) {
      s.guard("copy " + name, [&] {
        Row row;
        row.kernel = "copy";
        row.shape = std::to_string(mib) + " MiB";
        row.variant = name;
        row.peer = peer;
        row.unit = "GB/s";
        double ms = s.time_graph(body, calls, 25, [&] { CU(cudaMemsetAsync(s.output, 0xff, bytes * calls, s.stream)); },
                                 [&] {
                                   if (differences(s.input, s.output, bytes * calls)) throw std::runtime_error("WRONG copy");
                                 });
        row.us = ms * 1e3;
        row.rate = 2.0 * bytes / ms / 1e6;
        for (const Row& o : s.rows)
          if (o.peer && o.shape == row.shape) row.share = row.rate / o.rate;
        row.max_error = row.norm_error = 0;
        s.attributes(row, kernel);
        s.add(row);
      });
    };
    auto from = [&](int i) { return reinterpret_cast<const unsigned char*>(s.input) + i * bytes; };
    auto to = [&](int i) { return s.output + i * bytes; };
    time("cudaMemcpyAsync", nullptr, true,
         [&](int i) { CU(cudaMemcpyAsync(to(i), from(i), bytes, cudaMemcpyDeviceToDevice, s.stream)); });
    for (const CopyVariant& v : variants)
      time(v.name, v.kernel, false, [&](int i) {
        v.run(s.stream, reinterpret_cast<const uint4*>(from(i)), reinterpret_cast<uint4*>(to(i)), bytes / 16);
      });
  }
  Row read;
  read.kernel = "read";
  read.shape = "4096 MiB";
  read.variant = "u32 sum, u8 stream";
  read.unit = "GB/s";
  read.rate = s.read_gbps;
  read.us = double(size_t(4) << 30) / s.read_gbps / 1e3;
  read.share = 1;
  s.add(read);
  s.summary();
  return failed;
}

}  // namespace twins

int main(int argc, char** argv) {
  try {
    twins::Session session(argc, argv, 4, 4);
    return twins::run(session);
  } catch (const std::exception& e) {
    std::printf("ERROR %s\n", e.what());
    return 1;
  }
}
