"""Reference scores of Rad-ReStruct's test reports for eval/rad_restruct_test.cc, by sklearn and the set's own template.

    python tools/golden/rad_restruct.py DATA/rad_restruct

Three sets of answers: the gold ones, "no" to everything, and the option number (report + question) mod n. Printed for each:
mean F1 over labels with support and the averages' rows, over labels alone, their precision and number, micro F1, accuracy of
cells, reports that are right in whole. The walk over the template is written after the authors' evaluator.
"""
import os
import sys
os.chdir(sys.argv[1])
import json
import re

import numpy as np
keys=json.load(open('report_keys.json')); qid=np.array(json.load(open('vectorized_question_ids.json'))); choice=json.load(open('vectorized_choice_options.json'))
template=json.load(open('template_final_clean.json')); maxi=json.load(open('max_instances.json'))
labels=[k.split('_')[-1] if k.split('_')[-1] in('yes','no') else k.split('_')[-2] for k in keys]
rows=[json.loads(l) for l in open('test_qa_pairs.jsonl')]
slots=[np.where(qid==q)[0] for q in range(qid.max()+1)]
strip=lambda k: re.sub(r'_\d$','',k)
firsts=[strip(keys[s[0]]) for s in slots]
def place(path,first,frm):
    area=path.split('_')[0]; alt=None
    m=re.match(r'(.*_body_regions)(.*)',path)
    if m: alt=f"{m.group(1)}_{area}{m.group(2)}_{first}"
    for s in range(frm,len(slots)):
        if firsts[s] in (f"{path}_{first}",alt): return s
    raise Exception(path)
NOT=-2
def vector(answers):  # list of (path, options, chosen)
    v=np.full(len(keys),NOT); pos=0
    for path,opts,ch in answers:
        s=place(path,opts[0],pos); pos=s+1
        for i,o in zip(slots[s],opts): v[i]=int(o in ch)
    # what was not asked: attributes zero, yes/no stay NOT
    for s in slots:
        if (v[s]==NOT).all() and labels[s[0]]!='yes': v[s]=0
    return v
NO=np.array([0,1])
def area_iter(area,name,pred,q):
    for topic,t in area.items():
        if topic=='area': continue
        if topic=='infos':
            n=maxi.get(f"{name}/{topic}",1); prev=None
            for i in range(n):
                s=slots[q]; tp=pred[s]
                if (tp==NOT).all() or (prev is not None and (prev==NO).all()): pred[s]=NO; tp=pred[s]
                prev=tp.copy(); q+=1
                for iname in t:
                    if iname!='instances':
                        s=slots[q]
                        if tp[1]==1: pred[s]=NO if 'yes' in [labels[k] for k in s] else 0
                        q+=1
        else:
            ap=pred[slots[q]]
            if (ap==NOT).all(): pred[slots[q]]=NO; ap=pred[slots[q]]
            q+=1
            for el,e in t.items():
                n=maxi.get(f"{name}/{el}",1); prev=None
                for i in range(n):
                    s=slots[q]; tp=pred[s]
                    if (tp==NOT).all() or (ap==NO).all() or (prev is not None and (prev==NO).all()): pred[s]=NO; tp=pred[s]
                    prev=tp.copy(); q+=1
                    for iname in e['infos']:
                        s=slots[q]
                        if not (ap[0]==1 and tp[0]==1): pred[s]=NO if 'yes' in [labels[k] for k in s] else 0
                        q+=1
    return q
def clean(v):
    v=v.copy()
    for q,c in choice.items():
        s=slots[int(q)]
        if c=='multi_choice':
            ls=[labels[k] for k in s]; n='unspecified' if 'unspecified' in ls else 'no selection' if 'no selection' in ls else None
            if n:
                k=s[ls.index(n)]
                if v[s].sum()>1: v[k]=0
                elif v[s].sum()==0: v[k]=1
    q=0
    for a in template:
        if 'sub_areas' in a:
            for n,sub in a['sub_areas'].items(): q=area_iter(sub,n,v,q)
        else: q=area_iter(a,a['area'],v,q)
    assert q==len(slots),(q,len(slots)); assert (v!=NOT).all()
    return v
def score(choose):
    P=[];T=[]
    for r in rows:
        P.append(clean(vector([(i['path'],i['options'],choose(r['id'],k,i['options'],a)) for k,(q,a,h,i) in enumerate(r['qa_pairs'])])))
        T.append(clean(vector([(i['path'],i['options'],a) for q,a,h,i in r['qa_pairs']])))
    P=np.array(P);T=np.array(T)
    from sklearn.metrics import classification_report, accuracy_score, f1_score
    rep=classification_report(T,P,output_dict=True,zero_division=1)
    f=lambda key:np.mean([rep[c][key] for c in rep if rep[c]['support']>0])
    sup=[c for c in rep if rep[c]['support']>0 and not c.endswith('avg')]
    print('published',repr(f('f1-score')),'supported',repr(np.mean([rep[c]['f1-score'] for c in sup])), repr(np.mean([rep[c]['precision'] for c in sup])),len(sup),'micro',repr(rep['micro avg']['f1-score']),'acc',repr((P==T).mean()),'report',(P==T).all(1).mean())
score(lambda r,k,o,a:a)
score(lambda r,k,o,a:['no'] if 'no' in o else [])
# a rule that any language can follow: the option at (report + question number) mod n
score(lambda r,k,o,a:[o[(r+k)%len(o)]])
