# Builds the foreign testers with products of libpenstock_cblas and all else of the reference. Called
# by testers.sh, which says: SOURCES (of sources.sh), OURS and REFERENCE (folders of
# libpenstock_cblas.so and of the reference's libblas.so), LAPACK (the file liblapack.so).

.DELETE_ON_ERROR:
netlib = $(SOURCES)/lapack
openblas = $(SOURCES)/openblas
testers = sblat3 dblat3 c_sblat3 c_dblat3 openblas_sblat3 openblas_dblat3
all: $(testers) compare xlintsts xlintstd
.PHONY: all

# Also the older tag, so that the loader looks there for what the libraries need, too.
ours = -L$(OURS) -lpenstock_cblas
reference = -L$(REFERENCE) -lblas -Wl,-rpath,$(OURS):$(REFERENCE),--disable-new-dtags
c = gcc -O2 -w -DADD_
# -O3: a third of the time goes into the tester's own products, the loops of which are vectorised.
fortran = gfortran -O3 -w

# Room for N up to 129, and for 16 values of it.
%.f: | $(netlib)
	@sed 's/NMAX = 65/NMAX = 129/; s/NIDMAX = 9/NIDMAX = 16/' $(source) >$@
	@[ `grep -c 'NMAX = 129\|NIDMAX = 16' $@` = 2 ] || { echo "$(source) has changed"; exit 1; }
%blat3.f: source = $(netlib)/BLAS/TESTING/$@
c_%blat3.f: source = $(netlib)/CBLAS/testing/$@

# The Fortran entries: netlib's BLAS/TESTING.
sblat3 dblat3: %: %.f
	@$(fortran) $< -o $@ $(ours) $(reference)

# The C entries: netlib's CBLAS/testing.
c_sblat3 c_dblat3: c_%blat3: c_%blat3.f
	@mkdir -p $@.o
	@for part in c_$*3chke c_$*blas3 auxiliary c_xerbla; do \
	    $(c) -I$(netlib)/CBLAS/include -c $(netlib)/CBLAS/testing/$$part.c -o $@.o/$$part.o || \
	        exit 1; done
	@$(fortran) $< $@.o/*.o -o $@ $(ours) $(reference)

# OpenBLAS's own version of those, all in C. Its headers want to know how OpenBLAS was configured;
# this is all that the testers use of that.
openblas/common.h: | $(openblas)
	@mkdir -p openblas
	@cp $(openblas)/cblas.h openblas/
	@printf '%s\n' '#include <stddef.h>' '#include <stdint.h>' 'typedef int blasint;' \
	    'typedef uint16_t bfloat16;' '#define OPENBLAS_CONST const' \
	    '#define BLASFUNC(name) name##_' '#define openblas_complex_float float _Complex' \
	    '#define openblas_complex_double double _Complex' >$@
openblas_sblat3 openblas_dblat3: openblas_%blat3: openblas/common.h
	@$(c) -DCBLAS -Iopenblas $(openblas)/ctest/c_$*blat3c.c $(openblas)/ctest/c_$*3chke.c \
	    $(openblas)/ctest/c_$*blas3.c $(openblas)/ctest/auxiliary.c \
	    $(openblas)/ctest/c_xerbla.c $(openblas)/ctest/constant.c -o $@ $(ours) $(reference) -lm

# Not linked with libpenstock_cblas: it loads that, beside the reference.
compare: $(TESTS)/compare.c $(TESTS)/compare_type.h $(TESTS)/hooks.h
	@gcc -O2 -Wall -Wextra -Werror -I$(INCLUDE) $< -o $@ $(reference) -lm

# LAPACK's tests of linear equations, finished programs to be run with LD_PRELOAD.
lapack = $(MAKE) -C $(netlib)/TESTING/$(1) TOPSRCDIR=$(netlib) FFLAGS='-O1 -w' \
    FFLAGS_DRV='-O1 -w' FFLAGS_NOOPT='-O0 -w' BLASLIB=$(REFERENCE)/libblas.so \
    LAPACKLIB=$(LAPACK) LDFLAGS=-Wl,-rpath,$(REFERENCE):$(dir $(LAPACK)),--disable-new-dtags
$(netlib)/make.inc: | $(netlib)
	@cp $(netlib)/make.inc.example $@
$(netlib)/libtmglib.a: $(netlib)/make.inc
	@$(call lapack,MATGEN) single >/dev/null
	@$(call lapack,MATGEN) double >/dev/null
xlintsts xlintstd: $(netlib)/libtmglib.a
	@$(call lapack,LIN) $@ >/dev/null
	@cp $(netlib)/TESTING/LIN/$@ $@
