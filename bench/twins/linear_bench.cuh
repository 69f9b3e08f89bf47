// What the three Linear programs share: shapes, the timed and verified case, odd shapes, and cuBLAS as the peer.
//
// y[M,N] = x[M,K] W[N,K]^T, bf16 storage, float32 accumulation. W is by far the larger operand while M is small:
// bytes = 2 (N K + M K + M N), operations = 2 M N K.
#pragma once
#include "check.cuh"
#ifdef WITH_CUBLAS
#include <cublas_v2.h>
#endif

namespace twins {

struct Shape { const char* name; int K, N; };
inline const Shape kQkv{"qkv", 1536, 2048}, kOut{"o", 1536, 1536}, kGateUp{"gate-up", 1536, 17920}, kDown{"down", 8960, 1536},
    kHead{"head", 1536, 151936};

// One way of computing Linear: `run` enqueues it, `fits` says whether it takes that shape (on that many multiprocessors).
struct LinearVariant {
  std::string name;
  const void* kernel;
  std::function<bool(int M, int N, int K)> fits;
  std::function<void(cudaStream_t, bool dependent, const bf16* x, const bf16* w, bf16* y, int M, int N, int K)> run;
};

struct LinearBench {
  Session& s;
  Checker checker;
  std::string kernel;  // the table's first column
#ifdef WITH_CUBLAS
  cublasHandle_t blas = nullptr;
  void* blas_workspace = nullptr;
#endif

  LinearBench(Session& session, std::string name) : s(session), checker(session), kernel(std::move(name)) {
#ifdef WITH_CUBLAS
    if (!s.tails_only && cublasCreate(&blas) == CUBLAS_STATUS_SUCCESS) {
      cublasSetStream(blas, s.stream);
      CU(cudaMalloc(&blas_workspace, size_t(32) << 20));
      cublasSetWorkspace(blas, blas_workspace, size_t(32) << 20);
    }
#endif
  }

  // Row-major y = x W^T is column-major y^T = W x^T with W stored transposed.
  LinearVariant cublas() {
    LinearVariant v{"cuBLAS", nullptr, [](int, int, int) { return true; }, nullptr};
#ifdef WITH_CUBLAS
    v.run = [this](cudaStream_t, bool, const bf16* x, const bf16* w, bf16* y, int M, int N, int K) {
      const float one = 1, zero = 0;
      cublasStatus_t status = cublasGemmEx(blas, CUBLAS_OP_T, CUBLAS_OP_N, N, M, K, &one, w, CUDA_R_16BF, K, x, CUDA_R_16BF, K,
                                           &zero, y, CUDA_R_16BF, N, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
      if (status != CUBLAS_STATUS_SUCCESS) throw std::runtime_error("cublasGemmEx status " + std::to_string(int(status)));
    };
#endif
    return v;
  }
  bool has_cublas() const {
#ifdef WITH_CUBLAS
    return blas != nullptr;
#else
    return false;
#endif
  }

  // Times one variant as the peers' script does; cuBLAS's own time, if already in the table, becomes the share for large M.
  void time(const Shape& shape, int M, const LinearVariant& v, bool dependent) {
    const int N = shape.N, K = shape.K;
    if (!v.fits(M, N, K)) return;
    Row row;
    row.kernel = kernel;
    row.shape = std::string(shape.name) + " M" + std::to_string(M);
    row.variant = v.name + (dependent ? " +pdl" : "");
    row.peer = v.kernel == nullptr;
    s.guard(row.kernel + " " + row.shape + " " + row.variant, [&] {
      const size_t weight = size_t(N) * K, out = size_t(M) * N;
      const double bytes = 2.0 * weight + 2.0 * M * (double(N) + K), flops = 2.0 * M * double(N) * K;
      const double estimate = std::max(2.0 * weight / 2.5e12, flops / 6e14);
      const int most = std::max(1, std::min(64, ceil_div(256ll << 20, 2.0 * weight)));
      const int calls = std::max(1, std::min(most, std::max(2, int(0.02 / estimate))));
      const bf16* x = s.weights(s.input_bytes / 2 - (size_t(M) * K + 63) / 64 * 64);
      bf16* y = reinterpret_cast<bf16*>(s.output);
      if (out * 2 > s.output_bytes || (calls * weight + size_t(M) * K + 64) * 2 > s.input_bytes)
        throw std::runtime_error("the buffers are too small for this case");
      const bf16* last = s.weights((calls - 1) * weight);
      unsigned long long first = 0;
      double ms = s.time_graph(
          [&](int i) { v.run(s.stream, dependent, x, s.weights(i * weight), y, M, N, K); }, calls, M > 256 ? 50 : 20,
          [&] { CU(cudaMemsetAsync(y, 0xff, out * 2, s.stream)); },
          [&] {
            checker.linear(x, last, y, M, N, K, row);
            first = checker.digest(y, out);
          });
      if (checker.digest(y, out) != first) row.note += " NOT REPEATABLE";
      row.us = ms * 1e3;
      s.attributes(row, v.kernel);
      if (M > 256) {
        row.rate = flops / ms / 1e9;
        row.unit = "TFLOPs";
        for (const Row& o : s.rows)
          if (o.peer && o.kernel == row.kernel && o.shape == row.shape) row.share = row.rate / o.rate;
      } else {
        row.rate = bytes / ms / 1e6;
        row.unit = "GB/s";
        row.share = row.rate / s.read_gbps;
      }
      s.add(row);
    });
  }

  // Odd shapes, right or wrong, not timed. Returns the number of failures; prints one line a variant.
  int tails(const std::vector<LinearVariant>& variants, const std::vector<std::array<int, 3>>& shapes) {
    int failed = 0;
    for (const LinearVariant& v : variants) {
      int done = 0;
      double worst = 0;
      for (auto [M, N, K] : shapes) {
        if (!v.fits(M, N, K)) continue;
        s.guard(kernel + " tails " + v.name, [&, M = M, N = N, K = K] {
          Row row;
          row.kernel = kernel;
          row.variant = v.name;
          row.shape = "M" + std::to_string(M) + " N" + std::to_string(N) + " K" + std::to_string(K);
          ++failed;
          const bf16* x = s.weights(1 << 20);
          bf16* y = reinterpret_cast<bf16*>(s.output);
          const size_t out = size_t(M) * N;
          CU(cudaMemsetAsync(y, 0xff, out * 2 + 256, s.stream));
          v.run(s.stream, false, x, s.weights(8), y, M, N, K);
          v.run(s.stream, true, x, s.weights(0), y, M, N, K);  // counters must be back at zero; PDL path
          CU(cudaGetLastError());
          CU(cudaStreamSynchronize(s.stream));
          checker.linear(x, s.weights(0), y, M, N, K, row);
          std::vector<uint16_t> guard(128);
          CU(cudaMemcpyAsync(guard.data(), y + out, 256, cudaMemcpyDeviceToHost, s.stream));
          CU(cudaStreamSynchronize(s.stream));
          for (uint16_t word : guard)
            if (word != 0xffffu) throw std::runtime_error(row.shape + ": wrote past the end of y");
          worst = std::max(worst, row.max_error);
          ++done;
          --failed;
        });
      }
      std::printf("  tails %-8s %-24s %d of %d shapes right, worst %.1e\n", kernel.c_str(), v.name.c_str(), done,
                  int(std::count_if(shapes.begin(), shapes.end(), [&](auto& a) { return v.fits(a[0], a[1], a[2]); })), worst);
      std::fflush(stdout);
    }
    return failed;
  }
};

}  // namespace twins
