// The vocabulary. A list of what is allowed cannot be fooled by a name that nobody thought of.
#include "deid/clean_text.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/strings.h"

namespace lingshu {
namespace {

constexpr std::string_view kWords =
    // modalities and acquisitions
    "ct mr mri pet pt nm us cr dx mg xa rf oct spect cta mra mrcp mrv cbct hrct ldct petct scan scout topogram localizer "
    "survey scano series study image images exam examination protocol routine standard reconstruction recon reformat "
    "reformatted mpr mip minip volume rendering vrt 3d 2d 4d cine dynamic static perfusion diffusion angio angiography "
    "angiogram venography urography enterography colonography cholangiography arthrography myelography mammography "
    "tomosynthesis fluoroscopy radiograph radiography xray x-ray film portable mobile bedside ultrasound doppler duplex "
    "sonography echo echocardiography elastography tomography screening diagnostic followup follow-up staging baseline "
    "pre post preop postop precontrast postcontrast contrast enhanced unenhanced noncontrast non-contrast plain native "
    "iv oral rectal iodine gadolinium gd fdg tc99m f18 phase arterial venous portal delayed equilibrium nephrographic "
    "excretory early late bolus timing tracker monitoring calibration attenuation corrected ac nac ctac wb whole "
    "inspiration expiration inspiratory expiratory breath hold breathhold free breathing gated ungated triggered ecg "
    // sequences and kernels
    "t1 t2 t1w t2w pd pdw flair stir tse fse se gre ge epi haste space vibe mprage bravo dwi adc swi dti bold tof fiesta "
    "ciss trufisp dixon fat water in opposed out sat saturated suppressed fs inversion recovery spin gradient spoiled "
    "weighted map trace b0 b50 b500 b800 b1000 axial coronal sagittal oblique transverse tra cor sag ax thin thick slice "
    "slices mm cm soft tissue bone lung brain mediastinum sharp smooth kernel window b30f b70f b60f b31f br40 hr40 "
    "convolution iterative fbp asir veo "
    // anatomy
    "head skull face facial sinus sinuses paranasal orbit orbits orbital eye eyes ear ears temporal mastoid sella "
    "pituitary brain cerebral cerebrum cerebellum cerebellar brainstem cranial intracranial neck cervical c-spine "
    "thyroid larynx pharynx carotid spine spinal thoracic t-spine lumbar l-spine lumbosacral sacrum sacral coccyx chest "
    "thorax lungs rib ribs sternum clavicle scapula heart cardiac coronary aorta aortic pulmonary mediastinal breast "
    "breasts axilla abdomen abdominal pelvis pelvic abdomen/pelvis liver hepatic spleen splenic pancreas pancreatic "
    "kidney kidneys renal adrenal adrenals ureter bladder urinary prostate uterus uterine ovary ovaries testis scrotum "
    "bowel colon rectum stomach gastric esophagus oesophagus duodenum appendix gallbladder bile biliary duct ducts lymph "
    "node nodes shoulder humerus elbow forearm radius ulna wrist hand finger fingers thumb hip hips femur knee knees "
    "tibia fibula ankle foot feet toe toes heel calcaneus joint joints extremity upper lower limb muscle skin vessel "
    "vessels vein veins artery arteries vascular peripheral body region "
    // views and positions
    "ap pa lat lateral left right bilateral unilateral l r lt rt both side view views projection cc mlo ml lm erect "
    "supine prone decubitus standing sitting upright weight bearing flexion extension neutral internal external "
    "rotation anterior posterior superior inferior medial proximal distal central peripheral upper middle lobe lobes "
    "apex base segment quadrant "
    // findings and words of reports
    "no not without with and or of the a an is are was were there seen in at on for to from by as this that evidence "
    "normal abnormal acute chronic subacute mild moderate severe small large tiny multiple single focal diffuse stable "
    "unchanged increased decreased new old interval change changes consistent suspicious suggestive likely possible "
    "probable cannot be excluded indicated recommended impression findings finding indication history clinical technique "
    "comparison conclusion report none fracture fractures dislocation lesion lesions mass masses nodule nodules cyst "
    "cysts tumor tumour cancer carcinoma metastasis metastases metastatic infarct infarction stroke hemorrhage "
    "haemorrhage hematoma edema oedema effusion effusions pleural pneumothorax pneumonia consolidation opacity opacities "
    "atelectasis emphysema fibrosis cardiomegaly enlarged enlargement dilated dilatation stenosis occlusion thrombus "
    "thrombosis embolism aneurysm dissection calcification calcifications calculus calculi stone stones obstruction "
    "hydronephrosis inflammation infection abscess collection degeneration degenerative arthritis osteoarthritis "
    "osteoporosis scoliosis hernia herniation disc disk bulge protrusion foraminal canal compression trauma pain cough "
    "fever dyspnea nausea biopsy surgery implant device catheter tube tubes line lines stent clip clips pacemaker "
    "artifact artefact motion quality limited good poor adequate "
    // units and connecting signs
    "w w/ w/o wo vs v mg ml kg kv kvp ma mas sec min hz ms hu suv bq mbq";

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '/' || c < 0;
}

const std::set<std::string, std::less<>>& Vocabulary() {
  static const std::set<std::string, std::less<>> words = [] {
    std::set<std::string, std::less<>> all;
    for (const std::string& word : SplitString(std::string(kWords), ' '))
      if (!word.empty()) all.insert(word);
    return all;
  }();
  return words;
}

bool IsKnown(std::string word) {
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  while (!word.empty() && (word.back() == '-' || word.back() == '/') && word.size() > 2) word.pop_back();
  const bool is_number = word.size() <= 2 && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_number || Vocabulary().contains(word);
}

}  // namespace

std::string KeepKnownWords(const std::string& text) {
  std::string kept;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsWordCharacter(text[end])) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    const std::string word = text.substr(i, end - i);
    if (IsKnown(word)) kept += (kept.empty() ? "" : " ") + word;
    i = end;
  }
  return kept;
}

}  // namespace lingshu
