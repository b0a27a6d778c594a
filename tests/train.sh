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

# A picture that was trained on and one that was not, each as a file of another name.
seen_pictures_are_told_apart() {
  local own=$scratch/own
  mkdir -p "$own"
  python3 - "$scratch" "$own" <<'P'
import glob, json, shutil, sys
scratch, own = sys.argv[1:]
for name, folder in (("seen", "train"), ("new", "validation")):
    rows = [json.loads(line) for file in sorted(glob.glob(f"{scratch}/{folder}/shard-*.jsonl")) for line in open(file)]
    blob = next(row["images"][0]["path"] for row in rows if row["kind"] == "vqa")[5:]
    shutil.copy(glob.glob(f"{scratch}/{folder}/blobs/*/{blob}.*")[0], f"{own}/{name}.png")
open(own + "/questions.csv", "w").write("text,gold,file\nIs it there?,yes,seen.png\nIs it there?,no,new.png\n")
open(own + "/own.yaml", "w").write("name: own\nhelp: made up\nfile: questions.csv\nimages: [.]\ncolumns: {question: text, answer: gold, images: [file]}\nanswer_type: yes_no\nanswer_is: text\n")
P
  "$lingshu" eval --model "$scratch/run/tune/model" --benchmark-file "$own/own.yaml" --set max_new_tokens=4 --out "$scratch/eval" || return 1
  [ "$(python3 -c "import json; r=json.load(open('$scratch/eval/own.json')); print([(c['name'], c['n']) for c in r['cells'] if 'seen' in c['name']], r['totals']['training']['of them seen in training'])")" = \
    "[('image seen in training: no', 1), ('image seen in training: yes', 1)] 1" ]
}
check SeenPicturesAreToldApart seen_pictures_are_told_apart

config_beside_the_program() (  # a subshell: the folder changes
  program=$(realpath "$lingshu")
  cd "$scratch" && expect_error 1 "$scratch/nowhere" "$program" train --config configs/train/nano.yaml --data "$scratch/nowhere"
)
check ConfigIsFoundBesideTheProgram config_beside_the_program
check AbsentConfigIsNamed expect_error 1 'absent.yaml' "$lingshu" train --config absent.yaml --data "$scratch/train"
finish
