# Outside libraries by room: LIBRARIES_OF_<room>. Optional ones go through optional_part(): when the library is absent the
# named source files are left out of the build and the part is listed by `lingshu parts` as left out.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

set(LINGSHU_LEFT_OUT)
set(LINGSHU_ABSENT "")
function(optional_part room name module)  # optional_part(image webp libwebp image/webp.cc …)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
  if(${name}_FOUND)
    set(LIBRARIES_OF_${room} ${LIBRARIES_OF_${room}} PkgConfig::${name} PARENT_SCOPE)
  else()
    foreach(file ${ARGN})
      list(APPEND LINGSHU_LEFT_OUT ${CMAKE_SOURCE_DIR}/src/${file})
    endforeach()
    set(LINGSHU_LEFT_OUT ${LINGSHU_LEFT_OUT} PARENT_SCOPE)
    set(LINGSHU_ABSENT "${LINGSHU_ABSENT}${name} (${module}) " PARENT_SCOPE)
  endif()
endfunction()

pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-cpp)
set(LIBRARIES_OF_base PkgConfig::YAML OpenSSL::Crypto)

set(LIBRARIES_OF_image)
optional_part(image jpeg libjpeg image/jpeg.cc)
optional_part(image png libpng image/png.cc)
optional_part(image webp libwebp image/webp.cc)
optional_part(image tiff libtiff-4 image/tiff.cc)
optional_part(image dcmtk dcmtk image/dicom.cc)
optional_part(image zlib zlib image/nifti.cc)

pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc)
set(LIBRARIES_OF_text PkgConfig::PCRE2 PkgConfig::ICU)

pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
set(LIBRARIES_OF_data PkgConfig::ARCHIVE)
set(LIBRARIES_OF_ask)
optional_part(ask curl libcurl ask/remote.cc)
