#!/usr/bin/env bash
# Builds the CUDA C++ twins with nvcc into a temporary folder, runs them and prints what to quote.
#
#   bench/twins/run.sh                       everything
#   bench/twins/run.sh small0 large1         some programs: copy rmsnorm softmax small0 small1 medium large0 large1 large2 large3
#                                            decode1 decode3 decode9 layer prefill
#   FULL=1 bench/twins/run.sh ...            every row, not only the best of each shape
#   CHECK=racecheck bench/twins/run.sh ...   odd shapes only, under a tool of compute-sanitizer (memcheck, racecheck, ...)
#   TWINS_SECONDS=8                          time budget of each program (default below)
#
# Every program is a process of its own: a fault in one leaves the others' results. The full tables go to $OUT/twins.txt when
# OUT is set. small0/small1 and large0..3 are one source compiled in parts, so that the parts build side by side.
# Twins are a yardstick: nothing in the engine depends on them, and nothing but this script builds them.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
nvcc=${NVCC:-$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)}
all="copy rmsnorm softmax small0 small1 medium large0 large1 large2 large3 decode1 decode3 decode9 layer prefill"
chosen=${*:-$all}
flags="-O3 -std=c++17 -gencode=arch=compute_90a,code=sm_90a -lineinfo -Xptxas -v"

echo 'int main() { cublasHandle_t h; return cublasCreate(&h); }' > "$work/probe.cpp"
blas=""
if "$nvcc" -include cublas_v2.h "$work/probe.cpp" -o "$work/probe" -lcublas > /dev/null 2>&1; then
  blas="-DWITH_CUBLAS -lcublas"
fi
[ -n "$blas" ] || echo "# cuBLAS headers or library not found: no peer rows for Linear"

compile() {
  local source part=""
  case $1 in
    small*) source=linear_small.cu part="-DPART=${1#small}" ;;
    large*) source=linear_large.cu part="-DPART=${1#large}" ;;
    medium) source=linear_medium.cu ;;
    prefill) source=attention_prefill.cu ;;
    layer) source=attention_layer.cu ;;
    decode*) source=attention_decode.cu part="-DPART=${1#decode}" ;;
    *) source=$1.cu ;;
  esac
  "$nvcc" $flags $part "$here/$source" -o "$work/$1" $blas > "$work/$1.log" 2>&1 || echo "ERROR build of $1 failed" >> "$work/$1.log"
}
started=$SECONDS
for name in $chosen; do compile "$name" & done
wait
echo "# built in $((SECONDS - started)) s"

report="$work/report.txt"
for name in $chosen; do
  echo "== $name" >> "$report"
  if [ ! -x "$work/$name" ]; then
    grep -v 'ptxas info' "$work/$name.log" | head -40 >> "$report"
    echo "ERROR $name was not built" >> "$report"
    continue
  fi
  grep -E 'warning|[1-9][0-9]* bytes spill' "$work/$name.log" | sort | uniq -c | head -8 | sed 's/^/WARN/' >> "$report"
  if [ -n "${CHECK:-}" ]; then
    TWINS_SECONDS=${TWINS_SECONDS:-60} timeout 90 compute-sanitizer --tool "$CHECK" --print-limit 5 "$work/$name" --tails >> "$report" 2>&1
  else
    TWINS_SECONDS=${TWINS_SECONDS:-14} timeout 60 "$work/$name" >> "$report" 2>&1
  fi
  status=$?
  [ $status -eq 0 ] || echo "ERROR $name ended with status $status" >> "$report"
done
[ -n "${OUT:-}" ] && cp "$report" "$OUT/twins.txt"
if [ -n "${FULL:-}" ]; then
  cat "$report"
else
  grep -vE '^  |^SKIPPED' "$report"                # headers, warnings, errors, best rows
  echo "# skipped for time: $(grep -c '^SKIPPED' "$report")"
  awk '/^  tails/ { tried++; for (i = 1; i <= NF; i++) if ($i == "of" && $(i-1) == $(i+1)) right++ }
       END { printf "# odd shapes: %d of %d variants entirely right\n", right, tried }' "$report"
fi
echo "# all in $((SECONDS - started)) s"
