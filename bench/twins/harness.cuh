// Host side of the twins: errors, buffers of random data, graph timing and the table. No kernel under test lives here.
//
// Timing is that of the peers' script: R calls with R different weight matrices are captured into one CUDA graph (R chosen so
// that more than 256 MiB pass before a matrix comes round again: L2 serves nothing), the graph is replayed many times between
// events, and the median replay is divided by R. A case that fails prints its error and the rest goes on.
#pragma once
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ptx.cuh"

namespace twins {

inline void check_cuda(cudaError_t status, const char* what) {
  if (status != cudaSuccess) throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
}
#define CU(call) ::twins::check_cuda((call), #call)

inline int ceil_div(long long a, long long b) { return int((a + b - 1) / b); }

// ---- launches ----------------------------------------------------------------------------------------------------------
// `dependent` sets the programmatic-stream-serialization attribute: the grid may start before its predecessor has finished and
// meets it at griddepcontrol.wait.
template <class... P, class... A>
void launch(void (*kernel)(P...), dim3 grid, int threads, size_t shared, cudaStream_t stream, bool dependent, A... args) {
  if (shared > 48 * 1024)
    CU(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize, int(shared)));
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = dim3(threads);
  config.dynamicSmemBytes = shared;
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = dependent ? 1 : 0;
  CU(cudaLaunchKernelEx(&config, kernel, static_cast<P>(args)...));
}

// Random normal bf16 (Box-Muller on a counter hash), so that every input bit toggles as in real weights; never zeros.
__device__ __forceinline__ uint32_t hash32(uint32_t v) {
  v ^= v >> 16; v *= 0x7feb352du; v ^= v >> 15; v *= 0x846ca68bu; v ^= v >> 16;
  return v;
}
static __global__ void fill_normal(uint32_t* pairs, size_t count, uint32_t seed) {
  for (size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x; i < count; i += size_t(gridDim.x) * blockDim.x) {
    uint32_t h = hash32(uint32_t(i) * 2u + seed), k = hash32(h ^ uint32_t(i >> 31) ^ 0x9e3779b9u);
    float u = (float(h >> 8) + 0.5f) * 5.9604645e-8f, angle = float(k >> 8) * (6.2831853f * 5.9604645e-8f);
    float radius = sqrtf(-2.0f * logf(u));
    pairs[i] = pack_bf16(radius * cosf(angle), radius * sinf(angle));
  }
}

// Reads `count` 16-byte words and adds them as uint32 (exact in any order): the read-only ceiling of this machine.
template <int UNROLL, int HINT>
__global__ void __launch_bounds__(512) read_sum(const uint4* data, size_t count, uint32_t* sums) {
  const size_t stride = size_t(gridDim.x) * blockDim.x;
  size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x;
  uint32_t sum = 0;
  for (; i + (UNROLL - 1) * stride < count; i += UNROLL * stride) {
    uint4 v[UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; ++u) v[u] = load16<HINT>(data + i + u * stride);
#pragma unroll
    for (int u = 0; u < UNROLL; ++u) sum += v[u].x + v[u].y + v[u].z + v[u].w;
  }
  for (; i < count; i += stride) {
    uint4 v = load16<HINT>(data + i);
    sum += v.x + v.y + v.z + v.w;
  }
  for (int d = 16; d > 0; d >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, d);
  if (threadIdx.x % 32 == 0) atomicAdd(sums, sum);
}

// ---- the session -------------------------------------------------------------------------------------------------------
struct Row {
  std::string kernel, shape, variant, unit, note;
  double us = 0, rate = 0, share = 0, max_error = -1, norm_error = -1;
  int registers = 0, local_bytes = 0;
  bool peer = false;
};

struct Session {
  cudaStream_t stream = nullptr;
  int multiprocessors = 0;
  bool tails_only = false;
  uint16_t* input = nullptr;   // random normal bf16
  unsigned char* output = nullptr;
  float* workspace = nullptr;  // float32 partial sums of split-K kernels
  unsigned* counters = nullptr;  // arrival counters, zero between kernels
  size_t input_bytes = 0, output_bytes = 0, workspace_bytes = size_t(256) << 20;
  static constexpr int kCounters = 1 << 16;
  double read_gbps = 0;
  std::vector<Row> rows;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  double budget_s = 20;

  double elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
  bool out_of_time() const { return elapsed() > budget_s; }
  const bf16* weights(size_t offset) const { return reinterpret_cast<const bf16*>(input) + offset; }

  Session(int argc, char** argv, size_t input_gib, size_t output_gib) {
    for (int i = 1; i < argc; ++i) tails_only |= !std::strcmp(argv[i], "--tails");
    if (const char* s = std::getenv("TWINS_SECONDS")) budget_s = std::atof(s);
    cudaDeviceProp device;
    CU(cudaGetDeviceProperties(&device, 0));
    multiprocessors = device.multiProcessorCount;
    CU(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    input_bytes = tails_only ? size_t(64) << 20 : input_gib << 30;
    output_bytes = tails_only ? size_t(32) << 20 : output_gib << 30;
    if (tails_only) workspace_bytes = size_t(32) << 20;
    CU(cudaMalloc(&input, input_bytes));
    CU(cudaMalloc(&output, output_bytes));
    CU(cudaMalloc(&workspace, workspace_bytes));
    CU(cudaMalloc(&counters, kCounters * sizeof(unsigned)));
    CU(cudaMemsetAsync(counters, 0, kCounters * sizeof(unsigned), stream));
    CU(cudaMemsetAsync(output, 0xff, output_bytes, stream));
    const size_t filled = tails_only ? size_t(2) << 20 : input_bytes;
    launch(fill_normal, dim3(tails_only ? 4 : 2048), 256, 0, stream, false, reinterpret_cast<uint32_t*>(input), filled / 4,
           12345u);
    if (tails_only)  // set-up stays cheap under a sanitizer: repeat the first 2 MiB
      for (size_t at = filled; at < input_bytes; at += filled)
        CU(cudaMemcpyAsync(reinterpret_cast<unsigned char*>(input) + at, input, filled, cudaMemcpyDeviceToDevice, stream));
    CU(cudaStreamSynchronize(stream));
    if (!tails_only) {
      measure_read();
      std::printf("# %s, %d multiprocessors, L2 %d MiB; read ceiling %.0f GB/s\n", device.name, multiprocessors,
                  int(device.l2CacheSize >> 20), read_gbps);
    }
  }

  // ---- timing ------------------------------------------------------------------------------------------------------------
  std::vector<double> replay_ms(cudaGraphExec_t graph, int replays) {
    std::vector<cudaEvent_t> events(replays + 1);
    for (auto& e : events) CU(cudaEventCreate(&e));
    CU(cudaEventRecord(events[0], stream));
    for (int i = 0; i < replays; ++i) {
      CU(cudaGraphLaunch(graph, stream));
      CU(cudaEventRecord(events[i + 1], stream));
    }
    CU(cudaStreamSynchronize(stream));
    std::vector<double> times;
    for (int i = 0; i < replays; ++i) {
      float ms = 0;
      CU(cudaEventElapsedTime(&ms, events[i], events[i + 1]));
      times.push_back(ms);
    }
    for (auto& e : events) CU(cudaEventDestroy(e));
    return times;
  }

  // Captures body(0..calls-1) and returns the median milliseconds of one call. `verify` runs after the first replay, which is
  // the very path that is timed; `before` (poisoning the output) runs just ahead of it.
  double time_graph(const std::function<void(int)>& body, int calls, double budget_ms, const std::function<void()>& before,
                    const std::function<void()>& verify) {
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    body(0);
    CU(cudaGetLastError());
    CU(cudaStreamSynchronize(stream));
    CU(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    try {
      for (int i = 0; i < calls; ++i) body(i);
    } catch (...) {
      cudaStreamEndCapture(stream, &graph);
      throw;
    }
    CU(cudaStreamEndCapture(stream, &graph));
    CU(cudaGraphInstantiate(&executable, graph, 0));
    before();
    CU(cudaGraphLaunch(executable, stream));
    CU(cudaStreamSynchronize(stream));
    verify();
    double once = replay_ms(executable, 2)[1];
    int replays = std::max(7, std::min(60, int(budget_ms / std::max(once, 1e-4))));
    std::vector<double> times = replay_ms(executable, replays);
    CU(cudaGraphExecDestroy(executable));
    CU(cudaGraphDestroy(graph));
    std::sort(times.begin(), times.end());
    return times[times.size() / 2] / calls;
  }

  void measure_read() {
    const size_t words = (std::min(input_bytes, size_t(4) << 30)) / 16;
    for (int per : {2, 4}) {
      double ms = time_graph([&](int) {
        launch(read_sum<8, kStreaming>, dim3(multiprocessors * per), 512, 0, stream, false,
               reinterpret_cast<const uint4*>(input), words, counters + kCounters - 1); }, 1, 15, [] {}, [] {});
      read_gbps = std::max(read_gbps, words * 16 / ms / 1e6);
    }
    CU(cudaMemsetAsync(counters, 0, kCounters * sizeof(unsigned), stream));
  }

  // ---- the table ---------------------------------------------------------------------------------------------------------
  static void attributes(Row& row, const void* kernel) {
    cudaFuncAttributes a;
    if (kernel && cudaFuncGetAttributes(&a, kernel) == cudaSuccess) {
      row.registers = a.numRegs;
      row.local_bytes = int(a.localSizeBytes);
    }
  }
  static void print(const Row& r, const char* mark) {
    std::printf("%s%-8s %-21s %-24s %9.2f us %7.1f %-6s %5.1f%%", mark, r.kernel.c_str(), r.shape.c_str(), r.variant.c_str(),
                r.us, r.rate, r.unit.c_str(), 100 * r.share);
    if (r.registers) std::printf(" r%d", r.registers);
    if (r.local_bytes) std::printf(" LOCAL %d B", r.local_bytes);
    if (r.max_error >= 0) std::printf(" err %.1e/%.1e", r.max_error, r.norm_error);
    std::printf("%s\n", r.note.c_str());
    std::fflush(stdout);
  }
  void add(Row row) {
    print(row, "  ");
    rows.push_back(row);
  }
  // The best of ours beside the best peer for every kernel and shape: what to quote.
  void summary() const {
    std::vector<std::string> seen;
    for (const Row& r : rows) {
      std::string key = r.kernel + r.shape;
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
      seen.push_back(key);
      const Row *best = nullptr, *peer = nullptr;
      for (const Row& o : rows) {
        if (o.kernel + o.shape != key) continue;
        const Row*& slot = o.peer ? peer : best;
        if (!slot || o.us < slot->us) slot = &o;
      }
      if (!best) continue;
      Row shown = *best;
      if (peer) {
        char text[96];
        std::snprintf(text, sizeof text, "  | %s %.2f us, speed-up %.2f", peer->variant.c_str(), peer->us, peer->us / best->us);
        shown.note += text;
      }
      print(shown, "BEST ");
    }
    std::printf("# %.1f s\n", elapsed());
  }

  // Runs one case; an exception is printed and the rest goes on, unless the device itself was lost.
  void guard(const std::string& what, const std::function<void()>& body) {
    if (out_of_time()) {
      std::printf("SKIPPED %s: time budget spent\n", what.c_str());
      return;
    }
    try {
      body();
    } catch (const std::exception& e) {
      std::printf("ERROR %s: %s\n", what.c_str(), e.what());
      std::fflush(stdout);
      cudaGetLastError();
      if (cudaDeviceSynchronize() != cudaSuccess) {
        std::printf("ERROR the device context is lost; the rest of this program is skipped\n");
        summary();
        std::exit(1);
      }
      cudaMemsetAsync(counters, 0, kCounters * sizeof(unsigned), stream);
    }
  }
};

}  // namespace twins
