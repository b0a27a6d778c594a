// Clock times of PET to a decay factor.
#include "image/suv.h"

#include <charconv>
#include <cmath>

#include "image/dicom_tags.h"

namespace lingshu {
namespace {

// HHMMSS.FFFFFF with its end left out at will (PS3.5 6.2) to seconds.
std::optional<double> SecondsOf(std::string_view time) {
  double parts[3] = {0, 0, 0};
  if (time.size() < 2) return std::nullopt;
  for (size_t i = 0; i < 3 && 2 * i < time.size(); ++i) {
    const std::string_view part = i < 2 ? time.substr(2 * i, 2) : time.substr(4);
    const auto [end, failure] = std::from_chars(part.data(), part.data() + part.size(), parts[i]);
    if (failure != std::errc() || end != part.data() + part.size()) return std::nullopt;
  }
  if (!(parts[0] < 24) || !(parts[1] < 60) || !(parts[2] < 61) || !(parts[0] >= 0 && parts[1] >= 0 && parts[2] >= 0))
    return std::nullopt;
  return 3600 * parts[0] + 60 * parts[1] + parts[2];
}

std::string Trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  return std::string(text);
}

double PositiveOrNan(const DicomDataset& dataset, uint32_t tag) {
  const std::vector<double> numbers = dataset.Numbers(tag);
  return !numbers.empty() && numbers[0] > 0 ? numbers[0] : NAN;
}

bool IsCreator(const DicomDataset& dataset, uint32_t tag, std::string_view name) {
  return Trimmed(dataset.Bytes(tag)) == name;
}

// Seconds of the day of a DT value.
std::optional<double> SecondsOfMoment(std::string_view value) {
  const std::string moment = Trimmed(value);
  if (moment.size() < 10) return std::nullopt;
  return SecondsOf(std::string_view(moment).substr(8, moment.find_first_of("+-") - 8));
}

std::optional<double> InjectionSeconds(const DicomDataset& tracer) {
  if (const auto time = SecondsOf(Trimmed(tracer.Bytes(kTagRadiopharmaceuticalStartTime)))) return time;
  return SecondsOfMoment(tracer.Bytes(kTagRadiopharmaceuticalStartDateTime));
}

// The values are of the start of the scan, which is the series' time for all slices. Where that is later than the
// slice's acquisition, it is the time of a reconstruction, and the start is what the vendor says, or follows from how
// long after it the frame was taken (QIBA: acquisition - frame reference time + when in the frame the mean rate was).
std::optional<double> ScanSeconds(const DicomDataset& dataset, double half_life_s) {
  const auto series = SecondsOf(Trimmed(dataset.Bytes(kTagSeriesTime)));
  const auto acquisition = SecondsOf(Trimmed(dataset.Bytes(kTagAcquisitionTime)));
  if (series && (!acquisition || *series <= *acquisition)) return series;
  if (IsCreator(dataset, kTagGePetCreator, "GEMS_PETD_01"))
    if (const auto start = SecondsOfMoment(dataset.Bytes(kTagGePetScanDateTime))) return start;
  const double reference_s = PositiveOrNan(dataset, kTagFrameReferenceTime) / 1000,
               frame_s = PositiveOrNan(dataset, kTagActualFrameDuration) / 1000;
  if (acquisition && reference_s > 0 && frame_s > 0) {
    const double rate = std::log(2) / half_life_s, decay = rate * frame_s;
    return *acquisition - reference_s + std::log(decay / (1 - std::exp(-decay))) / rate;
  }
  return acquisition;
}

}  // namespace

std::optional<double> SuvbwFactor(const DicomDataset& dataset, std::string& reason) {
  const auto no = [&](const char* why) {
    reason = why;
    return std::nullopt;
  };
  const std::string units = dataset.Text(kTagUnits), type = dataset.Text(kTagSuvType);
  if (units == "GML") {
    if (!type.empty() && type != "BW") return no("the values are SUV by something other than body weight");
    return 1.0;
  }
  double activity_scale = 1;  // to Bq/ml
  if (units == "CNTS" && IsCreator(dataset, kTagPhilipsPetCreator, "Philips PET Private Group")) {
    if (const double suv = PositiveOrNan(dataset, kTagPhilipsSuvScale); !std::isnan(suv)) return suv;
    activity_scale = PositiveOrNan(dataset, kTagPhilipsActivityScale);
    if (std::isnan(activity_scale)) return no("counts without Philips' scale factors (7053,1000) and (7053,1009)");
  } else if (units != "BQML") {
    return no("Units (0054,1001) are neither BQML nor GML, nor Philips' counts with their scale");
  }
  const std::optional<DicomDataset> tracer = dataset.Item(kTagRadiopharmaceuticalInformationSequence);
  if (!tracer) return no("no Radiopharmaceutical Information Sequence (0054,0016)");
  const double weight_g = 1000 * PositiveOrNan(dataset, kTagPatientWeight);
  if (std::isnan(weight_g)) return no("no Patient's Weight (0010,1030)");
  const double dose_bq = PositiveOrNan(*tracer, kTagRadionuclideTotalDose);
  if (std::isnan(dose_bq)) return no("no Radionuclide Total Dose (0018,1074)");
  const std::string correction = dataset.Text(kTagDecayCorrection);
  if (correction == "ADMIN") return activity_scale * weight_g / dose_bq;
  if (correction != "START") return no("Decay Correction (0054,1102) is neither START nor ADMIN");
  const double half_life_s = PositiveOrNan(*tracer, kTagRadionuclideHalfLife);
  if (std::isnan(half_life_s)) return no("no Radionuclide Half Life (0018,1075)");
  const std::optional<double> injection_s = InjectionSeconds(*tracer), scan_s = ScanSeconds(dataset, half_life_s);
  if (!injection_s || !scan_s) return no("no time of injection or of the scan");
  double wait_s = *scan_s - *injection_s;
  if (wait_s < 0) wait_s += 86400;  // over midnight
  return activity_scale * weight_g / (dose_bq * std::exp2(-wait_s / half_life_s));
}

}  // namespace lingshu
