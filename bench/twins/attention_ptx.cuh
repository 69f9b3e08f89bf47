// What attention needs beside ptx.cuh: transposing ldmatrix, 16-byte shared loads, prefetches into L2, a barrier that also votes,
// a few shuffles.
#pragma once
#include "ptx.cuh"

namespace twins {

// ---- shared memory -----------------------------------------------------------------------------------------------------
__device__ __forceinline__ uint4 load_shared16(uint32_t shared) {
  uint4 v;
  asm volatile("ld.shared.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "r"(shared) : "memory");
  return v;
}
__device__ __forceinline__ void store_shared16(uint32_t shared, uint4 v) {
  asm volatile("st.shared.v4.u32 [%0], {%1,%2,%3,%4};" ::"r"(shared), "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w) : "memory");
}
__device__ __forceinline__ void store_shared4(uint32_t shared, uint32_t v) {
  asm volatile("st.shared.u32 [%0], %1;" ::"r"(shared), "r"(v) : "memory");
}
__device__ __forceinline__ void store_shared_float(uint32_t shared, float v) {
  asm volatile("st.shared.f32 [%0], %1;" ::"r"(shared), "f"(v) : "memory");
}
__device__ __forceinline__ float load_shared_float(uint32_t shared) {
  float v;
  asm volatile("ld.shared.f32 %0, [%1];" : "=f"(v) : "r"(shared) : "memory");
  return v;
}

// Four (two) 8x8 matrices of 16-bit values, each transposed on the way: lane (g = lane/4, t = lane%4) receives column g, rows
// 2t and 2t+1. Lane i passes the address of row i%8 of matrix i/8.
__device__ __forceinline__ void load_matrix_x4_transposed(uint32_t (&r)[4], uint32_t shared) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(shared) : "memory");
}
__device__ __forceinline__ void load_matrix_x2_transposed(uint32_t& r0, uint32_t& r1, uint32_t shared) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];" : "=r"(r0), "=r"(r1) : "r"(shared) : "memory");
}

// ---- L2 ----------------------------------------------------------------------------------------------------------------
// Asks for the 128-byte line into L2; nothing waits for it.
__device__ __forceinline__ void prefetch_line(const void* p) { asm volatile("prefetch.global.L2 [%0];" ::"l"(p)); }

// What the kernel after this one will read first: `rows` rows of `lines` 128-byte lines, `stride` bytes apart. Issued where the
// kernel at hand has asked for all its own data: memory works on while CTAs reduce, merge and hand over.
struct Ahead { const unsigned char* base; int rows, lines, stride; };
__device__ __forceinline__ void prefetch_ahead(const Ahead& a) {
  const int threads = int(gridDim.x * blockDim.x);
  for (int i = int(blockIdx.x * blockDim.x + threadIdx.x); i < a.rows * a.lines; i += threads)
    prefetch_line(a.base + (long long)(i / a.lines) * a.stride + i % a.lines * 128);
}

// ---- barriers and votes ------------------------------------------------------------------------------------------------
// A barrier of the CTA that returns whether any thread came with `flag` set.
__device__ __forceinline__ bool barrier_or(bool flag) {
  uint32_t r;
  asm volatile("{\n.reg .pred p, q;\nsetp.ne.u32 p, %1, 0;\nbar.red.or.pred q, 0, p;\nselp.u32 %0, 1, 0, q;\n}"
               : "=r"(r) : "r"(uint32_t(flag)) : "memory");
  return r != 0;
}
__device__ __forceinline__ uint32_t warp_ballot(bool flag) {
  uint32_t r;
  asm volatile("{\n.reg .pred p;\nsetp.ne.u32 p, %1, 0;\nvote.sync.ballot.b32 %0, p, 0xffffffff;\n}" : "=r"(r) : "r"(uint32_t(flag)));
  return r;
}
__device__ __forceinline__ int warp_shuffle(int v, int lane) {
  int r;
  asm volatile("shfl.sync.idx.b32 %0, %1, %2, 31, 0xffffffff;" : "=r"(r) : "r"(v), "r"(lane));
  return r;
}
// Inclusive prefix sum over the lanes.
__device__ __forceinline__ int warp_scan(int v) {
  const int lane = threadIdx.x & 31;
#pragma unroll
  for (int d = 1; d < 32; d *= 2) {
    int r;
    asm volatile("shfl.sync.up.b32 %0, %1, %2, 0, 0xffffffff;" : "=r"(r) : "r"(v), "r"(d));
    if (lane >= d) v += r;
  }
  return v;
}
__device__ __forceinline__ int lowest_bit(uint32_t v) {   // index of the lowest set bit, v != 0
  int r;
  asm("{\n.reg .b32 x;\nbrev.b32 x, %1;\nclz.b32 %0, x;\n}" : "=r"(r) : "r"(v));
  return r;
}

}  // namespace twins
