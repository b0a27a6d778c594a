// The data elements that pictures need (PS3.6), named as the standard names them, with their VRs. All are technical;
// what is not in this list never leaves the parser.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace lingshu {

enum DicomTag : uint32_t {
  kTagTransferSyntaxUid = 0x00020010,
  kTagModality = 0x00080060,
  kTagImagerPixelSpacing = 0x00181164,
  kTagSamplesPerPixel = 0x00280002,
  kTagPhotometricInterpretation = 0x00280004,
  kTagPlanarConfiguration = 0x00280006,
  kTagNumberOfFrames = 0x00280008,
  kTagRows = 0x00280010,
  kTagColumns = 0x00280011,
  kTagPixelSpacing = 0x00280030,
  kTagBitsAllocated = 0x00280100,
  kTagBitsStored = 0x00280101,
  kTagHighBit = 0x00280102,
  kTagPixelRepresentation = 0x00280103,
  kTagPixelPaddingValue = 0x00280120,
  kTagPixelPaddingRangeLimit = 0x00280121,
  kTagBurnedInAnnotation = 0x00280301,
  kTagWindowCenter = 0x00281050,
  kTagWindowWidth = 0x00281051,
  kTagRescaleIntercept = 0x00281052,
  kTagRescaleSlope = 0x00281053,
  kTagVoiLutFunction = 0x00281056,
  kTagRedPaletteDescriptor = 0x00281101,
  kTagGreenPaletteDescriptor = 0x00281102,
  kTagBluePaletteDescriptor = 0x00281103,
  kTagRedPaletteData = 0x00281201,
  kTagGreenPaletteData = 0x00281202,
  kTagBluePaletteData = 0x00281203,
  kTagSegmentedRedPaletteData = 0x00281221,
  kTagSegmentedGreenPaletteData = 0x00281222,
  kTagSegmentedBluePaletteData = 0x00281223,
  kTagModalityLutSequence = 0x00283000,
  kTagLutDescriptor = 0x00283002,
  kTagLutData = 0x00283006,
  kTagVoiLutSequence = 0x00283010,
  kTagPixelMeasuresSequence = 0x00289110,
  kTagFrameVoiLutSequence = 0x00289132,
  kTagPixelValueTransformationSequence = 0x00289145,
  kTagSharedFunctionalGroupsSequence = 0x52009229,
  kTagPerFrameFunctionalGroupsSequence = 0x52009230,
  kTagExtendedOffsetTable = 0x7FE00001,
  kTagFloatPixelData = 0x7FE00008,
  kTagDoubleFloatPixelData = 0x7FE00009,
  kTagPixelData = 0x7FE00010,
};

struct KeptTag {
  uint32_t tag;
  const char* vr;  // "xs": US or SS; "ow": OB, OW or US
};

// Sorted. The VR serves implicit files, and is demanded of explicit ones: Rows as UL has overflowed other readers.
inline constexpr KeptTag kKeptTags[] = {
    {kTagTransferSyntaxUid, "UI"},
    {kTagModality, "CS"},
    {kTagImagerPixelSpacing, "DS"},
    {kTagSamplesPerPixel, "US"},
    {kTagPhotometricInterpretation, "CS"},
    {kTagPlanarConfiguration, "US"},
    {kTagNumberOfFrames, "IS"},
    {kTagRows, "US"},
    {kTagColumns, "US"},
    {kTagPixelSpacing, "DS"},
    {kTagBitsAllocated, "US"},
    {kTagBitsStored, "US"},
    {kTagHighBit, "US"},
    {kTagPixelRepresentation, "US"},
    {kTagPixelPaddingValue, "xs"},
    {kTagPixelPaddingRangeLimit, "xs"},
    {kTagBurnedInAnnotation, "CS"},
    {kTagWindowCenter, "DS"},
    {kTagWindowWidth, "DS"},
    {kTagRescaleIntercept, "DS"},
    {kTagRescaleSlope, "DS"},
    {kTagVoiLutFunction, "CS"},
    {kTagRedPaletteDescriptor, "xs"},
    {kTagGreenPaletteDescriptor, "xs"},
    {kTagBluePaletteDescriptor, "xs"},
    {kTagRedPaletteData, "ow"},
    {kTagGreenPaletteData, "ow"},
    {kTagBluePaletteData, "ow"},
    {kTagSegmentedRedPaletteData, "ow"},
    {kTagSegmentedGreenPaletteData, "ow"},
    {kTagSegmentedBluePaletteData, "ow"},
    {kTagModalityLutSequence, "SQ"},
    {kTagLutDescriptor, "xs"},
    {kTagLutData, "ow"},
    {kTagVoiLutSequence, "SQ"},
    {kTagPixelMeasuresSequence, "SQ"},
    {kTagFrameVoiLutSequence, "SQ"},
    {kTagPixelValueTransformationSequence, "SQ"},
    {kTagSharedFunctionalGroupsSequence, "SQ"},
    {kTagPerFrameFunctionalGroupsSequence, "SQ"},
    {kTagExtendedOffsetTable, "OV"},
    {kTagFloatPixelData, "OF"},
    {kTagDoubleFloatPixelData, "OD"},
    {kTagPixelData, "ow"},
};

inline const KeptTag* FindKept(uint32_t tag) {
  const KeptTag* place = std::lower_bound(std::begin(kKeptTags), std::end(kKeptTags), tag,
                                          [](const KeptTag& row, uint32_t t) { return row.tag < t; });
  return place != std::end(kKeptTags) && place->tag == tag ? place : nullptr;
}

}  // namespace lingshu
