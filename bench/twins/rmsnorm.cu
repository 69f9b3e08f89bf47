// RMSNorm forward: y[r,i] = x[r,i] w[i] / sqrt(mean_j x[r,j]^2 + eps), bf16 in and out, float32 inside (Zhang and Sennrich 2019).
//
// Bytes: 4 H a row (x in, y out; w stays in cache); about 4 operations an element: memory-bound at every size, and at few rows
// bound by latency alone: load (~0.7 us cold), sum, store, plus the launch. There the only gains are fewer dependent steps and
// programmatic dependent launch, with w read before the wait.
// Mapping: WARPS_PER_ROW warps share a row; a lane holds its 16-byte pieces (8 bf16) in registers from load to store, so x is
// read once. One warp a row needs no barrier (butterfly shuffle), but has 6 (H = 1536) or 14 (H = 3584) loads a lane;
// more warps a row shorten the row's latency and pay one barrier.
#include "check.cuh"

namespace twins {

template <int H, int WARPS_PER_ROW, int ROWS>
__global__ void __launch_bounds__(WARPS_PER_ROW * ROWS * 32)
    rmsnorm(const bf16* x, const bf16* weight, bf16* y, int rows, float epsilon) {
  static_assert(WARPS_PER_ROW == 1 || ROWS == 1, "several warps a row: one row a CTA");
  constexpr int kLanes = WARPS_PER_ROW * 32, kPieces = H / 8, kPerLane = (kPieces + kLanes - 1) / kLanes;
  const int lane = WARPS_PER_ROW == 1 ? threadIdx.x % 32 : threadIdx.x;
  const int row = WARPS_PER_ROW == 1 ? blockIdx.x * ROWS + threadIdx.x / 32 : blockIdx.x;
  uint4 w[kPerLane], v[kPerLane];
  launch_dependents();
#pragma unroll
  for (int i = 0; i < kPerLane; ++i) w[i] = load16_if<kDefault>(weight + (lane + i * kLanes) * 8, lane + i * kLanes < kPieces);
  dependency_wait();
  if (WARPS_PER_ROW == 1 && row >= rows) return;   // a whole warp; no barrier follows
  const bf16* from = x + size_t(row) * H;
#pragma unroll
  for (int i = 0; i < kPerLane; ++i)
    // Not ld.global.nc: ptxas moves a read-only load above the wait, and then x would be read before the kernel ahead wrote it.
    v[i] = load16_if<kDefault>(from + (lane + i * kLanes) * 8, lane + i * kLanes < kPieces);
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kPerLane; ++i) {
    const uint32_t words[4] = {v[i].x, v[i].y, v[i].z, v[i].w};
#pragma unroll
    for (int j = 0; j < 4; ++j) sum += low_float(words[j]) * low_float(words[j]) + high_float(words[j]) * high_float(words[j]);
  }
  sum = warp_sum(sum);
  if constexpr (WARPS_PER_ROW > 1) {
    float* sums = reinterpret_cast<float*>(dynamic_shared());
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = sum;
    __syncthreads();
    sum = 0;
#pragma unroll
    for (int i = 0; i < WARPS_PER_ROW; ++i) sum += sums[i];
  }
  const float scale = fast_rsqrt(sum * (1.0f / H) + epsilon);
#pragma unroll
  for (int i = 0; i < kPerLane; ++i) {
    const uint32_t xs[4] = {v[i].x, v[i].y, v[i].z, v[i].w}, ws[4] = {w[i].x, w[i].y, w[i].z, w[i].w};
    uint32_t out[4];
#pragma unroll
    for (int j = 0; j < 4; ++j)
      out[j] = pack_bf16(low_float(xs[j]) * scale * low_float(ws[j]), high_float(xs[j]) * scale * high_float(ws[j]));
    if (lane + i * kLanes < kPieces)
      store16<kDefault>(y + size_t(row) * H + (lane + i * kLanes) * 8, make_uint4(out[0], out[1], out[2], out[3]));
  }
}

static __global__ void reference_rmsnorm(const bf16* x, const bf16* weight, const bf16* y, int rows, int H, double epsilon,
                                         int samples, double* pairs) {
  const int warps = gridDim.x * (blockDim.x / 32), lane = threadIdx.x % 32;
  for (int s = (blockIdx.x * blockDim.x + threadIdx.x) / 32; s < samples; s += warps) {
    const size_t at = sample_place(s, size_t(rows) * H);
    const bf16* xr = x + at / H * H;
    double sum = 0;
    for (int i = lane; i < H; i += 32) sum += double(to_float(xr[i])) * double(to_float(xr[i]));
    sum = warp_sum_f64(sum);
    if (lane == 0) {
      pairs[2 * s] = double(to_float(x[at])) * double(to_float(weight[at % H])) / sqrt(sum / H + epsilon);
      pairs[2 * s + 1] = to_float(y[at]);
    }
  }
}

struct NormVariant {
  std::string name;
  const void* kernel;
  std::function<void(cudaStream_t, bool, const bf16*, const bf16*, bf16*, int)> run;
};

template <int H, int WARPS_PER_ROW, int ROWS>
NormVariant norm(const char* name) {
  auto kernel = rmsnorm<H, WARPS_PER_ROW, ROWS>;
  return {name, reinterpret_cast<const void*>(kernel),
          [=](cudaStream_t stream, bool dependent, const bf16* x, const bf16* w, bf16* y, int rows) {
            launch(kernel, dim3(ceil_div(rows, ROWS)), WARPS_PER_ROW * ROWS * 32, WARPS_PER_ROW * 4, stream, dependent, x, w, y,
                   rows, 1e-6f);
          }};
}

int failures = 0;

void bench(Session& s, Checker& checker, int H, const std::vector<NormVariant>& variants) {
  const bf16* weight = s.weights(s.input_bytes / 2 - 8192);
  bf16* y = reinterpret_cast<bf16*>(s.output);
  auto verify = [&](const bf16* x, int rows, Row& row) {
    checker.require_no_poison(y, size_t(rows) * H);
    const int samples = std::min(kSamples, rows * H);
    launch(reference_rmsnorm, dim3(checker.blocks()), 256, 0, s.stream, false, x, weight, y, rows, H, 1e-6, samples,
           checker.pairs);
    checker.compare(samples, 6e-3, 3e-3, row);
  };
  for (const NormVariant& v : variants) {
    int right = 0;
    for (int rows : {1, 3, 5, 33})
      s.guard("rmsnorm tails " + v.name, [&] {
        ++failures;
        Row row;
        CU(cudaMemsetAsync(y, 0xff, size_t(rows + 1) * H * 2, s.stream));
        v.run(s.stream, false, s.weights(0), weight, y, rows);
        CU(cudaGetLastError());
        verify(s.weights(0), rows, row);
        uint32_t guard = 0;
        CU(cudaMemcpyAsync(&guard, y + size_t(rows) * H, 4, cudaMemcpyDeviceToHost, s.stream));
        CU(cudaStreamSynchronize(s.stream));
        if (guard != 0xffffffffu) throw std::runtime_error("wrote past the last row");
        ++right;
        --failures;
      });
    std::printf("  tails rmsnorm  H%d %-18s %d of 4 row counts right\n", H, v.name.c_str(), right);
  }
  if (s.tails_only) return;
  for (int rows : {1, 8, 64, 1024, 4096})
    for (const NormVariant& v : variants)
      for (bool dependent : {false, true})
        s.guard("rmsnorm", [&] {
          Row row;
          row.kernel = "rmsnorm";
          row.shape = "H" + std::to_string(H) + " rows" + std::to_string(rows);
          row.variant = v.name + (dependent ? " +pdl" : "");
          row.unit = "GB/s";
          const size_t elements = size_t(rows) * H;
          const int calls = std::max(16, std::min(64, ceil_div(256 << 20, elements * 2)));
          double ms = s.time_graph(
              [&](int i) { v.run(s.stream, dependent, s.weights(i * elements), weight, y + i * elements, rows); }, calls, 15,
              [&] { CU(cudaMemsetAsync(y, 0xff, calls * elements * 2, s.stream)); },
              [&] {
                checker.require_no_poison(y, calls * elements);
                verify(s.weights(0), rows, row);
              });
          row.us = ms * 1e3;
          row.rate = 4.0 * elements / ms / 1e6;
          row.share = row.rate / s.read_gbps;
          s.attributes(row, v.kernel);
          s.add(row);
        });
}

int run(Session& s) {
  Checker checker(s);
  bench(s, checker, 1536,
        {norm<1536, 1, 4>("warp a row x4"), norm<1536, 1, 8>("warp a row x8"), norm<1536, 3, 1>("3 warps a row"),
         norm<1536, 6, 1>("6 warps a row")});
  bench(s, checker, 3584,
        {norm<3584, 1, 4>("warp a row x4"), norm<3584, 7, 1>("7 warps a row"), norm<3584, 14, 1>("14 warps a row")});
  if (!s.tails_only) s.summary();
  return failures;
}

}  // namespace twins

int main(int argc, char** argv) {
  try {
    twins::Session session(argc, argv, 3, 3);
    return twins::run(session);
  } catch (const std::exception& e) {
    std::printf("ERROR %s\n", e.what());
    return 1;
  }
}
