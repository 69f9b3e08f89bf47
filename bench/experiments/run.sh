#!/usr/bin/env bash
# Trains and measures one experiment: supervised training, then every method from that model with equally many steps, then all on the same held-out problems.
#   bench/experiments/run.sh FOLDER SFT METHOD...     for example: bench/experiments/run.sh reachability sft-w2 discrete lbr-l1 lbr-l2
# From the environment: LBR (the program), OUT (results), SEEDS, PROBLEMS, SAMPLES, BATCH, and EXTRA, which is added to every training command (as in --device cpu).
set -euo pipefail
folder=$1 sft=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LBR=${LBR:-lbr} OUT=${OUT:-runs/$folder} SEEDS=${SEEDS:-1 2 3} PROBLEMS=${PROBLEMS:-1000} SAMPLES=${SAMPLES:-32} BATCH=${BATCH:-2048} EXTRA=${EXTRA:-}

# Trees of the shape that a method was trained with; discrete models are measured without trees.
shape() { sed -nE "s/.*\"(width|depth)\": ([0-9]+).*/--\1 \2/p" "$here/$folder/$1.json" | head -2 | tr '\n' ' '; }

measure() { # NAME MODEL TREE...
    local name=$1 model=$2
    shift 2
    # shellcheck disable=SC2086
    "$LBR" eval --model "$model" --problems "$PROBLEMS" --samples "$SAMPLES" --votes 3 --temperature 1,0.6 --argmax --batch "$BATCH" --seed 99 --json "$OUT/$name.json" $EXTRA "$@"
}

mkdir -p "$OUT"
for seed in $SEEDS; do
    # shellcheck disable=SC2086
    "$LBR" train sft "$here/$folder/$sft.json" --output "$OUT/$sft-$seed" --seed "$seed" $EXTRA
    measure "$sft-$seed" "$OUT/$sft-$seed/model" --width 3 --router random logprob
    for method in "$@"; do
        # shellcheck disable=SC2086
        "$LBR" train grpo "$here/$folder/$method.json" --from "$OUT/$sft-$seed/model" --output "$OUT/$method-$seed" --seed "$seed" $EXTRA
        # shellcheck disable=SC2046
        measure "$method-$seed" "$OUT/$method-$seed/model" $(shape "$method")
    done
done
"$LBR" compare "$OUT"/*.json --html "$OUT/compare.html" | tee "$OUT/compare.txt"
"$LBR" plot "$OUT"/*/log.jsonl --html "$OUT/plots.html"
