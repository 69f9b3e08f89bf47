// Float64 reference of attention, sharing no code with the kernels: a CTA an output row (sequence, row, head), scores first,
// then a thread per d sums over the keys in order.
//
// Allowed: P is rounded to bf16 before P V (2^-9 of each weight) and o to bf16 (2^-9): norm near 2.1e-3, maximum under 2e-2.
#pragma once
#include "attention_ptx.cuh"
#include "check.cuh"

namespace twins {

struct AttentionProblem {
  const bf16 *q, *k, *v, *o;
  const int* lengths;                   // keys every row of the sequence sees
  const unsigned long long* ancestors;  // [sequences, rows], or null: causal, row r sees the `rows` new keys up to its own
  int sequences, rows, heads, kv_heads, D;
  long long kv_sequence, kv_head;
  int kv_token;
  double scale;
  int samples, longest;                 // rows of `weights`
};

static __global__ void reference_attention(AttentionProblem p, double* weights, double* pairs) {
  double* w = weights + size_t(blockIdx.x) * p.longest;
  // Every row where there are few; else places that a hash picks.
  const size_t all = size_t(p.sequences) * p.rows * p.heads;
  const size_t at = all <= size_t(p.samples) ? blockIdx.x : (size_t(hash32(blockIdx.x * 2u + 1u)) << 16 ^ hash32(blockIdx.x + 999u)) % all;
  const int head = int(at % p.heads), row = int(at / p.heads % p.rows), b = int(at / p.heads / p.rows);
  const int prefix = p.lengths[b], keys = prefix < 0 ? 0 : prefix + p.rows, lane = threadIdx.x % 32, warps = blockDim.x / 32;
  const bf16* q = p.q + at * p.D;
  const size_t kv = size_t(b) * p.kv_sequence + size_t(head / (p.heads / p.kv_heads)) * p.kv_head;
  for (int key = threadIdx.x / 32; key < keys; key += warps) {
    const int slot = key - prefix;
    const bool seen = slot < 0 || (p.ancestors ? ((p.ancestors[size_t(b) * p.rows + row] >> slot) & 1) != 0 : slot <= row);
    double s = 0;
    if (seen)
      for (int d = lane; d < p.D; d += 32) s += double(to_float(q[d])) * double(to_float(p.k[kv + size_t(key) * p.kv_token + d]));
    s = warp_sum_f64(s);
    if (lane == 0) w[key] = seen ? exp(s * p.scale) : 0.0;
  }
  __syncthreads();
  for (int d = threadIdx.x; d < p.D; d += blockDim.x) {
    double sum = 0, total = 0;
#pragma unroll 8
    for (int key = 0; key < keys; ++key) {
      const double weight = w[key];
      total += weight;
      if (weight != 0) sum += weight * double(to_float(p.v[kv + size_t(key) * p.kv_token + d]));
    }
    const size_t pair = size_t(blockIdx.x) * p.D + d;
    pairs[2 * pair] = keys == 0 ? 0 : sum / total;
    pairs[2 * pair + 1] = keys == 0 ? 0 : to_float(p.o[at * p.D + d]);
  }
}

inline void check_attention(Checker& checker, AttentionProblem p, Row& row, int most_samples = 64) {
  Session& s = checker.s;
  const size_t outputs = size_t(p.sequences) * p.rows * p.heads;
  p.samples = int(std::min<size_t>({outputs, size_t(most_samples), size_t(kSamples / p.D)}));
  double* weights = reinterpret_cast<double*>(s.workspace + s.workspace_bytes / 8);   // the upper half
  if (size_t(p.samples) * p.longest * 8 > s.workspace_bytes / 2) throw std::runtime_error("workspace too small for the reference");
  launch(reference_attention, dim3(p.samples), 256, 0, s.stream, false, p, weights, checker.pairs);
  checker.compare(p.samples * p.D, 2e-2, 4e-3, row);
}

}  // namespace twins
