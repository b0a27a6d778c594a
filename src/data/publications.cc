// Where the sets are published and on which terms, one value each.
#include "data/publication.h"

namespace lingshu {
namespace {

const Register<Publication> kPublications[] = {
    Register<Publication>({.name = "chexpert_plus", .folders = {"medevalkit/CheXpert_Plus", "chexpert_plus"}, .is_credentialed = true}),
    Register<Publication>({.name = "cm_exam", .repo = "fzkuji/CMExam", .folders = {"cmexam_mmedbench"}}),
    Register<Publication>({.name = "cmb", .repo = "FreedomIntelligence/CMB", .files = {"CMB-Exam/CMB-test/*", "CMB-Exam/CMB-val/*"}}),
    Register<Publication>({.name = "health_bench", .repo = "openai/healthbench", .files = {"*.jsonl"}, .folders = {"HealthBench", "healthbench"}}),
    Register<Publication>({.name = "iu_xray", .folders = {"medevalkit/IU_XRAY", "iu_xray"}}),
    Register<Publication>({.name = "med_bullets_op4", .repo = "tuenguyen/Medical-Eval-MedBullets_op4", .folders = {"medbullets"}}),
    Register<Publication>({.name = "med_bullets_op5", .repo = "LangAGI-Lab/medbullets_op5", .folders = {"medbullets"}}),
    Register<Publication>({.name = "med_frame_qa", .repo = "SuhaoYu1020/MedFrameQA", .files = {"data/*.parquet"}}),
    Register<Publication>({.name = "med_mcqa", .repo = "openlifescienceai/medmcqa", .files = {"data/*.parquet"}, .folders = {"mirage"}}),
    Register<Publication>({.name = "med_qa", .repo = "GBaker/MedQA-USMLE-4-options", .files = {"*.jsonl"}, .folders = {"mirage"}}),
    Register<Publication>({.name = "med_qa_mcmle", .repo = "shuyuej/MedQA-MCMLE-Benchmark"}),
    Register<Publication>({.name = "med_xpert_qa_mm", .repo = "TsinghuaC3I/MedXpertQA", .files = {"MM/*.jsonl", "images.zip"}, .folders = {"medxpertqa", "MedXpertQA"}}),
    Register<Publication>({.name = "med_xpert_qa_text", .repo = "TsinghuaC3I/MedXpertQA", .files = {"Text/*.jsonl"}, .folders = {"medxpertqa", "MedXpertQA"}}),
    Register<Publication>({.name = "mimic_cxr", .folders = {"medevalkit/MIMIC_CXR", "mimic_cxr"}, .is_credentialed = true}),
    Register<Publication>({.name = "mmlu_med",
                           .repo = "cais/mmlu",
                           .files = {"anatomy/*", "clinical_knowledge/*", "college_biology/*", "college_medicine/*", "high_school_biology/*", "medical_genetics/*",
                                     "nutrition/*", "professional_medicine/*", "virology/*"}}),
    Register<Publication>({.name = "mmmu_med",
                           .repo = "MMMU/MMMU",
                           .files = {"Basic_Medical_Science/*", "Clinical_Medicine/*", "Diagnostics_and_Laboratory_Medicine/*", "Pharmacy/*", "Public_Health/*"},
                           .folders = {"MMMU"}}),
    Register<Publication>({.name = "omni_med_vqa", .repo = "foreverbeliever/OmniMedVQA", .folders = {"OmniMedVQA"}}),
    Register<Publication>({.name = "path_vqa", .repo = "flaviagiammarino/path-vqa", .files = {"data/*.parquet"}}),
    Register<Publication>({.name = "pmc_vqa", .repo = "RadGenome/PMC-VQA", .files = {"test_2.csv", "test_clean.csv", "images.zip", "images_2.zip"}, .folders = {"PMC_VQA"}}),
    Register<Publication>({.name = "pubmed_qa", .repo = "openlifescienceai/pubmedqa", .files = {"data/*.parquet"}, .folders = {"pubmedqa"}}),
    Register<Publication>({.name = "rad_restruct", .folders = {"Radrestruct"}}),
    Register<Publication>({.name = "slake", .repo = "BoKelvin/SLAKE", .files = {"*.json", "imgs.zip"}}),
    Register<Publication>({.name = "super_gpqa_med", .repo = "m-a-p/SuperGPQA", .files = {"*.jsonl"}}),
    Register<Publication>({.name = "vqa_rad", .repo = "flaviagiammarino/vqa-rad", .files = {"data/*.parquet"}}),
};

}  // namespace
}  // namespace lingshu
