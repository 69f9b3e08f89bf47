// A decode step computed plainly: one small kernel an operation, activations in float32, nothing folded. It shares no code with
// the kernels it judges; only weights, cache prefix, tokens and masks are the same buffers.
#pragma once
#include "check.cuh"

namespace twins {

static __global__ void plain_embed(const int* tokens, const bf16* embedding, float* x, int H) {
  for (int i = threadIdx.x; i < H; i += blockDim.x) x[size_t(blockIdx.x) * H + i] = to_float(embedding[size_t(tokens[blockIdx.x]) * H + i]);
}

static __global__ void plain_norm(const float* x, const bf16* gamma, float* y, int H, float epsilon) {
  const size_t row = size_t(blockIdx.x) * H;
  double sum = 0;
  for (int i = threadIdx.x % 32; i < H; i += 32) sum += double(x[row + i]) * double(x[row + i]);
  const float rstd = float(1.0 / sqrt(warp_sum_f64(sum) / H + double(epsilon)));
  for (int i = threadIdx.x; i < H; i += blockDim.x) y[row + i] = x[row + i] * rstd * to_float(gamma[i]);
}

// A warp an output column, all rows (at most 16): every weight is read once.
static __global__ void plain_linear(const float* x, const bf16* w, const bf16* bias, float* y, int M, int N, int K, int add) {
  const int n = int((blockIdx.x * size_t(blockDim.x) + threadIdx.x) / 32), lane = threadIdx.x % 32;
  if (n >= N) return;
  float sum[16] = {};
  for (int k = lane; k < K; k += 32) {
    const float weight = to_float(w[size_t(n) * K + k]);
#pragma unroll
    for (int m = 0; m < 16; ++m)
      if (m < M) sum[m] += weight * x[size_t(m) * K + k];
  }
#pragma unroll
  for (int m = 0; m < 16; ++m) {
    const float v = warp_sum(sum[m]) + (bias ? to_float(bias[n]) : 0.0f);
    if (lane == 0 && m < M) y[size_t(m) * N + n] = add ? y[size_t(m) * N + n] + v : v;
  }
}

// q and k heads of qkv [M, heads + 2 kv, D] turned in place.
static __global__ void plain_rotate(float* qkv, const int* lengths, const unsigned long long* ancestors, int rows, int heads, int kv_heads,
                                    int D, double log2_theta) {
  const int m = blockIdx.x, count = heads + kv_heads;
  int depth = -1;
  for (int j = 0; j < 64; ++j) depth += int((ancestors[m] >> j) & 1);
  const double position = lengths[m / rows] + depth;
  for (int i = threadIdx.x; i < count * D / 2; i += blockDim.x) {
    float* p = qkv + (size_t(m) * (heads + 2 * kv_heads) + i / (D / 2)) * D + i % (D / 2);
    const double angle = position * exp(-0.6931471805599453 * log2_theta * 2 * (i % (D / 2)) / D);
    const float a = p[0], b = p[D / 2], c = float(cos(angle)), s = float(sin(angle));
    p[0] = a * c - b * s;
    p[D / 2] = b * c + a * s;
  }
}

// A CTA a (row, head): prefix from the cache, tree rows from qkv. `weights` has room for every key of every CTA.
static __global__ void plain_attention(const float* qkv, const bf16* k, const bf16* v, const int* lengths, const unsigned long long* ancestors,
                                       float* o, float* weights, int longest, int rows, int heads, int kv_heads, int D,
                                       long long kv_sequence, long long kv_head, float scale) {
  const int m = int(blockIdx.x) / heads, head = int(blockIdx.x) % heads, b = m / rows, group = head / (heads / kv_heads);
  const int prefix = lengths[b], keys = prefix + rows, all = heads + 2 * kv_heads, lane = threadIdx.x % 32;
  float* w = weights + size_t(blockIdx.x) * longest;
  const float* q = qkv + (size_t(m) * all + head) * D;
  const bf16 *ks = k + b * kv_sequence + group * kv_head, *vs = v + b * kv_sequence + group * kv_head;
  for (int key = threadIdx.x / 32; key < keys; key += blockDim.x / 32) {
    const float* fresh = qkv + (size_t(b * rows + key - prefix) * all + heads + group) * D;
    float s = 0;
    for (int d = lane; d < D; d += 32) s += q[d] * (key < prefix ? to_float(ks[size_t(key) * D + d]) : fresh[d]);
    s = warp_sum(s);
    const bool seen = key < prefix || ((ancestors[m] >> (key - prefix)) & 1);
    if (lane == 0) w[key] = seen ? float(exp(double(s * scale))) : 0.0f;
  }
  __syncthreads();
  for (int d = threadIdx.x; d < D; d += blockDim.x) {
    double sum = 0, total = 0;
    for (int key = 0; key < keys; ++key) {
      const float* fresh = qkv + (size_t(b * rows + key - prefix) * all + heads + kv_heads + group) * D;
      total += w[key];
      sum += double(w[key]) * double(key < prefix ? to_float(vs[size_t(key) * D + d]) : fresh[d]);
    }
    o[size_t(blockIdx.x) * D + d] = float(sum / total);
  }
}

static __global__ void plain_swiglu(const float* gate_up, float* y, int inner) {
  const size_t row = blockIdx.x;
  for (int i = threadIdx.x; i < inner; i += blockDim.x) {
    const double g = gate_up[row * 2 * inner + i];
    y[row * inner + i] = float(g / (1.0 + exp(-g)) * double(gate_up[row * 2 * inner + inner + i]));
  }
}

static __global__ void pair_up(const float* reference, const bf16* got, int count, size_t total, double* pairs) {
  for (int s = int(blockIdx.x * blockDim.x + threadIdx.x); s < count; s += int(gridDim.x * blockDim.x)) {
    const size_t at = sample_place(s, total);
    pairs[2 * s] = reference[at];
    pairs[2 * s + 1] = to_float(got[at]);
  }
}

}  // namespace twins
