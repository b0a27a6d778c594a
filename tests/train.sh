#!/usr/bin/env bash
# lingshu train from a folder of its own: held-out questions whose images lie elsewhere, the recipe found beside the program,
# and a tokenizer that does not fit the recipe.
set -u
. tests/lib/checks.sh

curate() { "$lingshu" curate --set sources="[{name: phantom, split: $1, limit: $2}]" --set out="$scratch/$1"; }
check PhantomsAreCurated curate train 120
check HeldoutPhantomsAreCurated curate validation 60

train=("$lingshu" train --config "$PWD/configs/train/nano.yaml" --data "$scratch/train" --heldout "$scratch/validation"
       --out "$scratch/run" --set stages="[{name: tune, data: [{kinds: [vqa]}], steps: 2, max_length: 512},
         {name: reinforce, kind: grpo, data: [{kinds: [vqa], mode: rl}], steps: 1, max_length: 512,
          grpo: {group_size: 4, prompts_per_step: 2, updates_per_step: 1, max_new_tokens: 8, heldout_samples: 1}}]")
check HeldoutImagesAreFoundInTheirFolder "${train[@]}"
check TokenizerOfAnotherSizeIsRefused expect_error 2 'a tokenizer of' "${train[@]}" --set vocab_size=600

config_beside_the_program() (  # a subshell: the folder changes
  program=$(realpath "$lingshu")
  cd "$scratch" && expect_error 1 "$scratch/nowhere" "$program" train --config configs/train/nano.yaml --data "$scratch/nowhere"
)
check ConfigIsFoundBesideTheProgram config_beside_the_program
check AbsentConfigIsNamed expect_error 1 'absent.yaml' "$lingshu" train --config absent.yaml --data "$scratch/train"
finish
