// Brain tumour MRI (Bhuvaji et al. 2020, https://www.kaggle.com/datasets/sartajbhuvaji/brain-tumor-classification-mri),
// four classes as folders: img_mri_braintumor/Testing/glioma_tumor/image(1).jpg. Of the published set's testing part we
// draw our own splits; it names no patients.
#include "data/labelled_folder.h"

namespace lingshu {
namespace {

const Register<Source> kBrainTumorMri(
    ClassFolderSource({.set = {.source = "brain_tumor_mri", .modality = "MRI", .organ = "brain"},
                       .help = "brain MRI with glioma, meningioma, pituitary tumor or none",
                       .reference = "Bhuvaji et al. 2020, Kaggle brain-tumor-classification-mri",
                       .folder = "img_mri_braintumor",
                       .findings = {{"Testing/glioma_tumor", "glioma"},
                                    {"Testing/meningioma_tumor", "meningioma"},
                                    {"Testing/pituitary_tumor", "pituitary tumor"},
                                    {"Testing/no_tumor", ""}},
                       .what = "tumor"}));

}  // namespace
}  // namespace lingshu
