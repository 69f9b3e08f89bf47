#!/usr/bin/env bash
# One run on a machine with an NVIDIA GPU: verifies every kernel variant, times the kernels, the CUDA C++ twins and PyTorch, and
# prints one table that joins them. About 15 minutes; each part has a time limit of its own, and a part that fails leaves the others.
#
#   bench/run-h100.sh                  everything
#   LBR=path                           the published lbr command (default artifacts/lbr/lbr; README: Publish)
#   PEERS=script                       what times PyTorch and prints JSON lines (default bench/peers/torch_peers.py); empty: left out
#   PEER_PARTS=names                   which of its parts, with seconds (default ceilings:30,gemm:100,attn:60,prefill:40,decode:150,decode_7b:100,train:60)
#   OUT=folder                         where logs go (default bench/results/<date>)
#   PARTS="doctor verify check parity bench peers twins"   only some parts; the table joins what is in OUT
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lbr=${LBR:-$root/artifacts/lbr/lbr}
out=${OUT:-$root/bench/results/$(date -u +%Y-%m-%d)}
parts=${PARTS:-doctor verify check parity bench peers twins}
mkdir -p "$out"
status=0

# run NAME SECONDS COMMAND...: the command with a time limit, its output in OUT/NAME.txt
run() {
  local name=$1 limit=$2 started=$SECONDS
  shift 2
  if [ "$(type -t "$1")" = function ]; then
    "$@" > "$out/$name.txt" 2>&1
  else
    timeout --kill-after=10 "$limit" "$@" > "$out/$name.txt" 2>&1
  fi
  local code=$?
  echo "== $name: exit $code after $((SECONDS - started)) s"
  if [ $code -ne 0 ]; then
    status=1
    tail -25 "$out/$name.txt"
  fi
}

# A process for each kernel: one that faults ends its device, and with it only its own process.
verify_each() {
  local kernel failed=0
  for kernel in $("$lbr" kernels list | awk 'NR > 1 && $2 ~ /\./ { print $2 }' | sort -u); do
    timeout --kill-after=10 90 "$lbr" kernels verify --device cuda --filter "$kernel" --manifest "$out/verified.json" || failed=1
  done
  return $failed
}

for part in $parts; do
  case $part in
    doctor)
      run doctor 60 "$lbr" doctor --device cuda
      cat "$out/doctor.txt" ;;
    verify)
      cp "$root/kernels/verified.json" "$out/verified.json"
      run verify 150 verify_each
      grep -E 'FAILED|verified with' "$out/verify.txt" ;;
    check)
      for type in f32 bf16; do
        run "check-$type" 60 "$lbr" check --device cuda --type "$type"
        tail -n 1 "$out/check-$type.txt"
      done ;;
    parity)
      run parity 90 python3 "$root/bench/parity.py" "$lbr" --device cuda ;;
    bench)
      run bench 150 "$lbr" kernels bench --device cuda --filter load,ceilings,elements,launch,rows,gemm,router --seconds 110 --json "$out/lbr.jsonl"
      run attention 60 "$lbr" kernels bench --device cuda --filter attn --seconds 40 --json "$out/lbr-attention.jsonl"
      run model 150 "$lbr" kernels bench --device cuda --filter prefill,decode,step,train,grpo --seconds 110 --json "$out/lbr-model.jsonl" ;;
    peers)
      peers=${PEERS-$root/bench/peers/torch_peers.py}
      if [ -f "$peers" ]; then
        run torch 560 python3 "$peers" --only "${PEER_PARTS:-ceilings:30,gemm:100,attn:60,prefill:40,decode:150,decode_7b:100,train:60}" --no-table
      else
        echo "== peers: no script '$peers'"
      fi ;;
    twins) TWINS_SECONDS=${TWINS_SECONDS:-8} OUT=$out run twins-best 200 "$root/bench/twins/run.sh" ;;
    *) echo "no part named $part" >&2; exit 2 ;;
  esac
done

python3 "$root/bench/compare.py" "$out" | tee "$out/table.txt"
exit $status
