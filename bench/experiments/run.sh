#!/usr/bin/env bash
# Trains and measures one experiment: supervised training, then every method from that model with equally many steps, then all on the same held-out problems.
#   bench/experiments/run.sh FOLDER SFT METHOD...     for example: bench/experiments/run.sh reachability sft-w2 discrete lbr-l1 lbr-l2
# From the environment: LBR (the program), OUT (results), SEEDS (trained side by side; a small model leaves room on a GPU), PROBLEMS, SAMPLES, BATCH, and EXTRA, which is added to
# every command that computes (as in --device cpu).
set -euo pipefail
folder=$1 sft=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LBR=${LBR:-lbr} OUT=${OUT:-runs/$folder} SEEDS=${SEEDS:-1 2 3} PROBLEMS=${PROBLEMS:-1000} SAMPLES=${SAMPLES:-8} BATCH=${BATCH:-4096} VOTES=${VOTES:-3} EXTRA=${EXTRA:-}

# What a method was trained with: mixtures, or the width and depth of a tree, the first of these names in its file.
shape() {
    if grep -q '"Multiplex"' "$here/$folder/$1.json"; then echo --width 1 --thinking multiplex; return; fi
    grep -m1 '"width"' "$here/$folder/$1.json" | tr -dc 0-9 | sed 's/^/--width /'
    grep -m1 '"depth"' "$here/$folder/$1.json" | tr -dc 0-9 | sed 's/^/ --depth /'
}

measure() { # NAME MODEL OPTION...
    local name=$1 model=$2
    shift 2
    # shellcheck disable=SC2086
    "$LBR" eval --model "$model" --problems "$PROBLEMS" --samples "$SAMPLES" --votes "$VOTES" --temperature 1,0.6 --argmax --batch "$BATCH" --seed 99 --json "$OUT/$name.json" $EXTRA "$@" > "$OUT/$name.txt"
}

train() { # SEED METHOD...
    local seed=$1 method
    shift
    # shellcheck disable=SC2086
    "$LBR" train sft "$here/$folder/$sft.json" --output "$OUT/$sft-$seed" --seed "$seed" $EXTRA > "$OUT/$sft-$seed.log"
    measure "$sft-$seed" "$OUT/$sft-$seed/model" --width 3 --router random logprob --thinking soft multiplex
    for method in "$@"; do
        # shellcheck disable=SC2086
        "$LBR" train grpo "$here/$folder/$method.json" --from "$OUT/$sft-$seed/model" --output "$OUT/$method-$seed" --seed "$seed" $EXTRA > "$OUT/$method-$seed.log"
        # shellcheck disable=SC2046
        measure "$method-$seed" "$OUT/$method-$seed/model" $(shape "$method")
    done
}

mkdir -p "$OUT"
jobs=()
for seed in $SEEDS; do
    train "$seed" "$@" &
    jobs+=($!)
done
for job in "${jobs[@]}"; do wait "$job"; done
"$LBR" compare "$OUT"/*.json --html "$OUT/compare.html" | tee "$OUT/compare.txt"
"$LBR" plot "$OUT"/*/log.jsonl --html "$OUT/plots.html"
