// References that share no code with the kernels they judge: one warp per sampled output, products in float64.
//
// Every output must have been written (the buffer is poisoned with NaN bit patterns before the run), all of them are scanned
// for that; values are compared on all outputs up to 2^16 of them, else on 2^16 places that a hash picks. Two figures:
//   max  = max_i |got_i - ref_i| / max(|ref_i|, rms(ref))      norm = ||got - ref|| / ||ref||
// bf16 output rounds by up to 2^-8 = 3.9e-3 of a value just above a power of two: max stays under 4e-3, norm near 1.7e-3.
#pragma once
#include "harness.cuh"

namespace twins {

constexpr int kSamples = 1 << 16;

__device__ __forceinline__ double warp_sum_f64(double v) {
  for (int d = 16; d > 0; d >>= 1) v += __shfl_xor_sync(0xffffffffu, v, d);
  return v;
}
__device__ __forceinline__ size_t sample_place(int sample, size_t total) {
  if (total <= size_t(kSamples)) return size_t(sample);
  size_t h = (size_t(hash32(sample * 2u + 1u)) << 32) | hash32(sample * 2u + 77777u);
  // one sample in eight comes from the last outputs, where tails live
  return (sample & 7) == 7 ? total - 1 - h % size_t(kSamples) : h % total;
}

// pairs[2s] = reference, pairs[2s+1] = what the kernel wrote.
static __global__ void reference_linear(const bf16* x, const bf16* w, const bf16* y, int M, int N, int K, int samples,
                                        double* pairs) {
  const int warps = gridDim.x * (blockDim.x / 32), lane = threadIdx.x % 32;
  for (int s = (blockIdx.x * blockDim.x + threadIdx.x) / 32; s < samples; s += warps) {
    size_t at = sample_place(s, size_t(M) * N);
    const bf16* xr = x + (at / N) * K;
    const bf16* wr = w + (at % N) * K;
    double sum = 0;
    for (int k = lane; k < K; k += 32) sum += double(to_float(xr[k])) * double(to_float(wr[k]));
    sum = warp_sum_f64(sum);
    if (lane == 0) {
      pairs[2 * s] = sum;
      pairs[2 * s + 1] = to_float(y[at]);
    }
  }
}

// Elements still carrying the poison (the NaN with all bits set).
template <class Bits>
__global__ void count_poison(const Bits* y, size_t count, unsigned long long* poisoned) {
  unsigned long long found = 0;
  for (size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x; i < count; i += size_t(gridDim.x) * blockDim.x)
    found += y[i] == Bits(~Bits(0));
  if (found) atomicAdd(poisoned, found);
}

// Order-dependent digest of the output, to see that replays agree bit for bit.
static __global__ void digest_output(const uint16_t* y, size_t count, unsigned long long* digest) {
  unsigned long long sum = 0;
  for (size_t i = blockIdx.x * size_t(blockDim.x) + threadIdx.x; i < count; i += size_t(gridDim.x) * blockDim.x)
    sum += (unsigned long long)(hash32(uint32_t(i) ^ (uint32_t(y[i]) << 13))) * 2654435761ull;
  atomicAdd(digest, sum);
}

struct Checker {
  Session& s;
  double* pairs = nullptr;
  unsigned long long* scalar = nullptr;

  explicit Checker(Session& session) : s(session) {
    CU(cudaMalloc(&pairs, kSamples * 2 * sizeof(double)));
    CU(cudaMalloc(&scalar, sizeof(unsigned long long)));
  }

  int blocks() const { return s.tails_only ? 4 : 1024; }

  unsigned long long read_scalar() {
    unsigned long long host = 0;
    CU(cudaMemcpyAsync(&host, scalar, sizeof host, cudaMemcpyDeviceToHost, s.stream));
    CU(cudaStreamSynchronize(s.stream));
    return host;
  }
  unsigned long long digest(const void* y, size_t count) {
    CU(cudaMemsetAsync(scalar, 0, sizeof(unsigned long long), s.stream));
    launch(digest_output, dim3(blocks()), 128, 0, s.stream, false, static_cast<const uint16_t*>(y), count, scalar);
    return read_scalar();
  }
  // Bits: the unsigned integer as wide as one output.
  template <class Bits = uint16_t>
  void require_no_poison(const void* y, size_t count) {
    CU(cudaMemsetAsync(scalar, 0, sizeof(unsigned long long), s.stream));
    launch(count_poison<Bits>, dim3(blocks()), 128, 0, s.stream, false, static_cast<const Bits*>(y), count, scalar);
    if (unsigned long long left = read_scalar())
      throw std::runtime_error(std::to_string(left) + " of " + std::to_string(count) + " outputs were not written");
  }

  // Compares `samples` (reference, got) pairs; throws where the error is beyond what the rounding of the output explains.
  void compare(int samples, double allowed_max, double allowed_norm, Row& row) {
    std::vector<double> host(size_t(samples) * 2);
    CU(cudaMemcpyAsync(host.data(), pairs, host.size() * sizeof(double), cudaMemcpyDeviceToHost, s.stream));
    CU(cudaStreamSynchronize(s.stream));
    double squares = 0, wrong = 0, worst = 0;
    for (int i = 0; i < samples; ++i) squares += host[2 * i] * host[2 * i];
    const double rms = std::sqrt(squares / std::max(1, samples));
    for (int i = 0; i < samples; ++i) {
      double d = std::fabs(host[2 * i + 1] - host[2 * i]);
      if (!(d < 1e300)) d = 1e300;  // NaN and infinity never pass
      wrong += d * d;
      worst = std::max(worst, d / std::max(std::max(std::fabs(host[2 * i]), rms), 1e-300));
    }
    row.max_error = worst;
    row.norm_error = std::sqrt(wrong / std::max(squares, 1e-300));
    if (worst > allowed_max || row.norm_error > allowed_norm) {
      char text[128];
      std::snprintf(text, sizeof text, "%s %s %s: WRONG, max %.3e norm %.3e", row.kernel.c_str(), row.shape.c_str(),
                    row.variant.c_str(), row.max_error, row.norm_error);
      throw std::runtime_error(text);
    }
  }

  void linear(const bf16* x, const bf16* w, const bf16* y, int M, int N, int K, Row& row) {
    require_no_poison(y, size_t(M) * N);
    const int samples = int(std::min<size_t>(kSamples, size_t(M) * N));
    launch(reference_linear, dim3(blocks()), 256, 0, s.stream, false, x, w, y, M, N, K, samples, pairs);
    compare(samples, 6e-3, 3e-3, row);
  }
};

}  // namespace twins
